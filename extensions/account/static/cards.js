// Cards of the home page: which one wants, in which order; moved with buttons.
import { at, button, element, say } from "./account.js";

const rows = () => [...at("card-list").children];

// All cards of this person, first those that they put in an order.
export function showCards(all, { cards: order, hidden_cards: hidden }) {
  const place = ({ key }) => (order.includes(key) ? order.indexOf(key) : order.length);
  const sorted = all.toSorted((one, other) => place(one) - place(other));
  at("card-list").replaceChildren(...sorted.map((card) => row(card, !hidden.includes(card.key))));
  ends();
}

function row({ key, title }, shown) {
  const box = element("input", { type: "checkbox", name: "cards", value: key, checked: shown });
  const made = element("li", {}, element("label", { className: "check" }, box, element("span", {}, title)));
  made.append(element("div", { className: "actions" }, mover(made, title, "Up", -1), mover(made, title, "Down", 1)));
  return made;
}

function mover(made, title, word, by) {
  const press = button(word, `${word} ${title}`, () => {
    const there = rows()[rows().indexOf(made) + by];
    if (by < 0) there?.before(made);
    else there?.after(made);
    ends();
    press.focus();
    say(`${title} is number ${rows().indexOf(made) + 1} of ${rows().length}.`);
  });
  press.setAttribute("aria-label", `${word}: ${title}`);
  return press;
}

// The first cannot go up, the last not down; pressing them says which number it is.
function ends() {
  rows().forEach((each, index, { length }) => {
    const [up, down] = each.querySelectorAll("button");
    up.setAttribute("aria-disabled", String(index === 0));
    down.setAttribute("aria-disabled", String(index === length - 1));
  });
}

// What stands there now, as the profile keeps it.
export function cards() {
  const boxes = rows().map((each) => each.querySelector("input"));
  return {
    cards: boxes.map((box) => box.value),
    hidden_cards: boxes.filter((box) => !box.checked).map((box) => box.value),
  };
}
