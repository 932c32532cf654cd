/**
 * Loaded into a process before its program (`node --import`): its clock differs from the machine's by `CLOCK_SHIFT_MS`. Stands
 * in for a machine whose clock is wrong or was set; timers do not change with it, as they do not with a real one.
 */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [realNow() + shiftMs] : args, newTarget),
  apply: () => new RealDate(realNow() + shiftMs).toString(),
  get: (target, key, receiver) => (key === 'now' ? () => realNow() + shiftMs : Reflect.get(target, key, receiver)),
});
