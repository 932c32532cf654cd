import { readUsage, type Usage } from './process-usage.ts';

/** One process over one phase. */
export interface PhaseUsage {
  name: string;
  cpuMs: number;
  /** Resident memory: at the start, the maximum of all seconds, and at the end. */
  memoryMiB: { first: number; max: number; last: number };
}

export interface UsageSampler {
  stop(): Promise<PhaseUsage[]>;
}

const intervalMs = 1_000;

/** Watches processes by name, every second until stopped. Keeps no samples, only the extremes. */
export async function startSampling(pids: ReadonlyMap<string, number>): Promise<UsageSampler> {
  const roots = [...pids.values()];
  const first = await readUsage(roots);
  const max = first.map(({ memoryMiB }) => memoryMiB);
  const sample = async (): Promise<Usage[]> => {
    const usages = await readUsage(roots);
    for (const [index, { memoryMiB }] of usages.entries()) max[index] = Math.max(max[index] ?? 0, memoryMiB);
    return usages;
  };
  let sampling: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    sampling = sampling.then(sample);
  }, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await sampling;
      const last = await sample();
      return [...pids.keys()].map((name, index) => ({
        name,
        cpuMs: (last[index]?.cpuMs ?? 0) - (first[index]?.cpuMs ?? 0),
        memoryMiB: {
          first: first[index]?.memoryMiB ?? 0,
          max: max[index] ?? 0,
          last: last[index]?.memoryMiB ?? 0,
        },
      }));
    },
  };
}
