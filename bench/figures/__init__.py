"""One file per figure; each has `async run(frame)`, which measures and writes down."""
