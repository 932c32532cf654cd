import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

const workflowSchema = z.object({
  jobs: z.record(z.string(), z.object({ steps: z.array(z.object({ run: z.string().optional() })) })),
});

async function scriptsOfWorkflow(name: string): Promise<string[]> {
  const { jobs } = workflowSchema.parse(parse(await read(`.github/workflows/${name}`)));
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  return commands.flatMap((command) => command.match(/\.ci\/\w+/g) ?? []);
}

test('the workflow of CI calls every script of .ci, and no other', async () => {
  const scripts = (await readdir(new URL('.ci/', root)))
    .filter((name) => !name.includes('.') && name !== 'run')
    .map((name) => `.ci/${name}`);
  expect([...new Set(await scriptsOfWorkflow('ci.yml'))].sort()).toEqual(scripts.sort());
});

test('.ci/run calls the same scripts, but for the image, which needs Docker', async () => {
  const called = new Set((await read('.ci/run')).match(/(?<=^ *(if )?steps?(_together)? .*)\.ci\/\w+/gm) ?? []);
  const inWorkflow = new Set(await scriptsOfWorkflow('ci.yml'));
  expect([...called, '.ci/image'].sort()).toEqual([...inWorkflow].sort());
});
