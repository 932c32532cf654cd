import { type Installation, startInstallation } from './installation.ts';
import { type Receiver, redisUrl, startReceiver, uniquePrefix } from './support/index.ts';

/** The backend of the queue, and of the state of snooze and on_change. */
export type Backend = 'redis' | 'postgres';

export const bothBackends: readonly Backend[] = ['redis', 'postgres'];

const titles = {
  redis: 'on PostgreSQL and Redis',
  postgres: 'on PostgreSQL alone',
} as const satisfies Record<Backend, string>;

const startTimeoutMs = 120_000;

export interface Suite {
  /** Shared by all tests of the suite. Its hooks are deleted after each test. */
  installation: Installation;
  /** A new receiver for each test. */
  receiver: Receiver;
  backend: Backend;
}

/**
 * A suite of tests on one installation, defined once per backend. The suite's installation and receiver exist while its tests
 * and Jest's hooks run, and not yet while `defineTests` does.
 */
export function describeInstallation(
  name: string,
  options: { workers: number; backends: readonly Backend[]; env?: Record<string, string>; recordPings?: boolean },
  defineTests: (suite: Suite) => void,
): void {
  for (const backend of options.backends) {
    describe(`${name} ${titles[backend]}`, () => {
      let installation: Installation;
      let receiver: Receiver;
      beforeAll(async () => {
        installation = await startInstallation({
          workers: options.workers,
          ...(options.env && { env: options.env }),
          ...(backend === 'redis' && { redis: { url: redisUrl(), prefix: `{${prefix}}` } }),
        });
      }, startTimeoutMs);
      beforeEach(async () => {
        receiver = await startReceiver(() => ({}), { recordPings: options.recordPings ?? false });
      });
      afterEach(async () => {
        // First, so that attempts at it which hang end now, and not with their leases in the middle of the next test.
        await receiver.close();
        await installation.deleteHooks();
      });
      afterAll(() => installation[Symbol.asyncDispose](), startTimeoutMs);
      // Registered after the installation's end, so that its keys are removed once no process uses them.
      const prefix = uniquePrefix();

      defineTests({ installation: lateBound(() => installation), receiver: lateBound(() => receiver), backend });
    });
  }
}

/** A stand-in for an object that does not exist yet, or that is replaced: every access reads the current object. */
function lateBound<T extends object>(read: () => T): T {
  return new Proxy<T>(Object.create(null), { get: (_target, property) => Reflect.get(read(), property) });
}
