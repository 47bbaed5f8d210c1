"""Pages for people, drawn with Panel: the herd, one animal, runs. Built on agrigen only."""
