// UUIDv7 made on the phone: sortable by time, and never two alike, even within a millisecond.

let lastTime = 0;
let counter = 0;

/** A new identifier; the 12 bits after the time count up within a millisecond. */
export function newId(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (now > lastTime) {
    lastTime = now;
    counter = (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) & 0x3ff; // room to count up
  } else if (++counter > 0xfff) {
    lastTime += 1; // a clock that was set back, or 3,000 in one millisecond
    counter = 0;
  }
  let time = lastTime;
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
