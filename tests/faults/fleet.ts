import { findFreePort } from '@eventhooks/embedded-postgres';
import { type App, type AppName, spawnApp } from '../support/spawn-app.ts';
import { waitFor } from '../support/wait-for.ts';

/** A place in a deployment, and the process that fills it now. */
export interface Place {
  name: string;
  app: App;
  /** Whether the present process was told to end. */
  ending: boolean;
}

/** An admin and workers under a supervisor: a process that a fault kills is started again, and no other process may end. */
export interface Fleet {
  admin: Place;
  workers: Place[];
  /** The leader. */
  schedulerHolder(): Promise<Place>;
  kill(place: Place): Promise<void>;
  /** Starts a killed place again, on its port. Does not wait for it to be ready. */
  restart(place: Place, extraEnv?: Record<string, string>): Promise<void>;
  isReady(): Promise<boolean>;
  /** @throws Error when a process is not ready in two minutes. */
  waitUntilReady(): Promise<void>;
  /** Processes that ended without being told to. */
  deaths: string[];
  stop(): Promise<void>;
}

const readyDeadlineMs = 120_000;

export async function startFleet(name: string, env: Record<string, string>, workerCount: number): Promise<Fleet> {
  const deaths: string[] = [];
  const ports = new Map<Place, Record<string, string>>();

  const watch = (place: Place, app: App): void => {
    void app.ended.then(({ code, signal }) => {
      if (place.app === app && !place.ending) {
        deaths.push(`${place.name} ended by itself (${signal ?? `code ${code}`}):\n${app.logs().slice(-2_000)}`);
      }
    });
  };
  const place = async (app: AppName, index: number): Promise<Place> => {
    const port = String(await findFreePort());
    const own = { [app === 'admin' ? 'EVENTHOOKS_ADMIN_PORT' : 'EVENTHOOKS_WORKER_PORT']: port };
    const filled: Place = {
      name: `${name} ${app} ${index}`,
      app: await spawnApp(app, { ...env, ...own }, { readyTimeoutMs: 0 }),
      ending: false,
    };
    ports.set(filled, own);
    watch(filled, filled.app);
    return filled;
  };
  const admin = await place('admin', 1);
  const workers = await Promise.all(Array.from({ length: workerCount }, (_, index) => place('worker', index + 1)));

  const isReady = async (): Promise<boolean> => {
    const answers = await Promise.all(
      [admin, ...workers].map(({ app }) =>
        fetch(`${app.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
          (response) => response.ok,
          () => false,
        ),
      ),
    );
    return answers.every(Boolean);
  };

  return {
    admin,
    workers,
    deaths,
    schedulerHolder: () =>
      waitFor(
        async () => {
          for (const worker of workers) if ((await readMetrics(worker)).includes('scheduler_active 1')) return worker;
          return undefined;
        },
        { timeoutMs: 60_000, what: `a scheduler among ${name}'s workers` },
      ),
    async kill(target) {
      target.ending = true;
      target.app.kill('SIGKILL');
      await target.app.ended;
    },
    async restart(target, extraEnv = {}) {
      const app = target === admin ? 'admin' : 'worker';
      target.app = await spawnApp(app, { ...env, ...ports.get(target), ...extraEnv }, { readyTimeoutMs: 0 });
      target.ending = false;
      watch(target, target.app);
    },
    isReady,
    async waitUntilReady() {
      await waitFor(isReady, { timeoutMs: readyDeadlineMs, what: `every process of ${name} to be ready` });
    },
    async stop() {
      const places = [admin, ...workers];
      for (const each of places) each.ending = true;
      const ends = await Promise.all(places.map(({ app }) => app.stop()));
      ends.forEach(({ code, signal }, index) => {
        if (code !== 0) deaths.push(`${places[index]?.name} did not stop in order: ${signal ?? `code ${code}`}`);
      });
    },
  };
}

async function readMetrics(worker: Place): Promise<string> {
  const response = await fetch(`${worker.app.url}/metrics`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
  return response === null ? '' : response.text();
}
