// Loaded before a service: at SIGUSR2 the wall clock of that process steps an hour back.
const RealDate = Date;
let offset = 0;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offset);
    else super(...given);
  }

  static now() {
    return RealDate.now() + offset;
  }
};
process.on('SIGUSR2', () => {
  offset -= 3_600_000;
});
