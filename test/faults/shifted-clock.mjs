/** Preloaded: this process's clock is wrong by as many milliseconds as the variable says. */
const { SHIFT_CLOCK_BY: by = '0' } = process.env
const RealDate = Date
const now = () => RealDate.now() + Number(by)

class ShiftedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now())
    else super(...args)
  }
  static now() {
    return now()
  }
}

globalThis.Date = ShiftedDate
