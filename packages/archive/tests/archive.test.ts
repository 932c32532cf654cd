import { createHash, randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ArchiveTarget } from '@eventhooks/config';
import { makeTemporaryDirectory } from '../../../tests/support/index.ts';
import { type S3Server, startS3 } from '../../../tests/support/s3-server.ts';
import { type Archive, openArchive } from '../src/index.ts';

const place = { day: '2026-11-18', workspace: 'default', kind: 'events' } as const;
let s3: S3Server;
let directory: string;
let prefixes = 0;
const opened: Archive[] = [];

beforeAll(async () => {
  // Where the client looks for credentials first.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' });
  s3 = await startS3();
});
beforeEach(async () => {
  directory = join(await makeTemporaryDirectory(), 'made', 'here');
});
afterEach(() => {
  for (const archive of opened.splice(0)) archive.close();
});
afterAll(() => s3.close());

async function open(target: ArchiveTarget): Promise<Archive> {
  const archive = await openArchive(target);
  opened.push(archive);
  return archive;
}

const targets: Record<string, () => ArchiveTarget> = {
  'a directory': () => ({ kind: 'directory', path: directory }),
  S3: () => {
    prefixes += 1;
    const prefix = `run-${Date.now()}/${prefixes}/`;
    return { kind: 's3', bucket: 'archive', prefix, endpoint: s3.endpoint, region: null, pathStyle: true };
  },
};

async function* pagesOf(...pages: string[][]): AsyncGenerator<string[]> {
  yield* pages;
}

describe.each(Object.entries(targets))('in %s', (_, targetOf) => {
  test('a file is read as it was written, is listed by its day, and is measured', async () => {
    const archive = await open(targetOf());
    expect(await archive.listDays()).toEqual([]);
    expect(await archive.readManifest(place.day)).toBeNull();
    const file = await archive.writeFile(place, pagesOf(['{"n":1}', '{"n":2}'], [], ['{"n":136.0}']));
    expect(file).toMatchObject({ rows: 3, workspace: 'default', kind: 'events' });
    expect(await text(await archive.readLines(file))).toBe('{"n":1}\n{"n":2}\n{"n":136.0}\n');
    expect(await archive.isIntact(file)).toBe(true);
    expect(await archive.isIntact({ ...file, bytes: file.bytes + 1 })).toBe(false);
    const damaged = { ...file, sha256: createHash('sha256').digest('hex') };
    expect(await archive.isIntact(damaged)).toBe(false);
    await expect(text(await archive.readLines(damaged))).rejects.toThrow('is not as it was written');
    expect(await archive.isIntact({ ...file, name: `${file.name}x` })).toBe(false);

    const manifest = {
      ...place,
      installation: 'one',
      read_from: '2026-11-26T00:00:00.000Z',
      complete: true,
      files: [file],
    };
    await archive.writeManifest(manifest);
    await archive.takeOwnership('one');
    expect(await archive.readManifest(place.day)).toMatchObject({ installation: 'one', files: [file] });
    expect(await archive.listDays()).toEqual([place.day]);
  });

  test('a file of several parts is written whole', async () => {
    const archive = await open(targetOf());
    async function* lines(): AsyncGenerator<string[]> {
      // They do not compress.
      for (let n = 0; n < 64; n += 1) yield [randomBytes(300_000).toString('base64')];
    }
    const file = await archive.writeFile(place, lines());
    expect(file.rows).toBe(64);
    expect(file.bytes).toBeGreaterThan(17 * 1024 * 1024);
    expect(await archive.isIntact(file)).toBe(true);
  });

  test('a file whose rows cannot be read to their end leaves the one before', async () => {
    const archive = await open(targetOf());
    const before = await archive.writeFile(place, pagesOf(['{"n":1}']));
    async function* cut(): AsyncGenerator<string[]> {
      yield ['{"n":2}'];
      throw new Error('the database is away');
    }
    await expect(archive.writeFile(place, cut())).rejects.toThrow('the database is away');
    expect(await archive.isIntact(before)).toBe(true);
  });

  test('an archive belongs to one installation', async () => {
    const target = targetOf();
    const archive = await open(target);
    await archive.takeOwnership('one');
    await archive.takeOwnership('one');
    await expect((await open(target)).takeOwnership('two')).rejects.toThrow('belongs to another installation');
  });

  test('the name of a workspace leads to no other place', async () => {
    const archive = await open(targetOf());
    for (const workspace of ['..', '../..', 'a/b', 'a%2Fb', '.']) {
      const file = await archive.writeFile({ ...place, workspace }, pagesOf([`{"workspace":"${workspace}"}`]));
      expect(file.name).toMatch(/^2026-11-18\/[^/]+\/events\.ndjson\.gz$/);
      expect(file.name).not.toMatch(/\/\.+\//);
      expect(await text(await archive.readLines(file))).toContain(`"${workspace}"`);
    }
  });
});

test('a closed archive ends what is under way, and leaves no half of a file', async () => {
  const archive = await open({ kind: 'directory', path: directory });
  async function* endless(): AsyncGenerator<string[]> {
    for (;;) yield ['{"n":1}'];
  }
  const writing = archive.writeFile(place, endless());
  setTimeout(() => archive.close(), 50);
  await expect(writing).rejects.toThrow();
  expect(await readdir(join(directory, place.day, 'default'))).toEqual([]);
});

test('a manifest that is damaged, or of a later release, is told', async () => {
  const archive = await open({ kind: 'directory', path: directory });
  await archive.writeFile(place, pagesOf([]));
  for (const content of ['{', '{}', '{"version":2}']) {
    await writeFile(join(directory, place.day, 'manifest.json'), content);
    await expect(archive.readManifest(place.day)).rejects.toThrow('2026-11-18/manifest.json is damaged, or of a later');
  }
});

test('a bucket that is not there, and a server that is away, are told', async () => {
  const s3Target = { kind: 's3', prefix: '', region: null, pathStyle: true } as const;
  const elsewhere = await open({ ...s3Target, bucket: 'missing', endpoint: s3.endpoint });
  await expect(elsewhere.takeOwnership('one')).rejects.toThrow(/bucket/i);
  const away = await open({ ...s3Target, bucket: 'archive', endpoint: 'http://127.0.0.1:1' });
  await expect(away.takeOwnership('one')).rejects.toThrow(/ECONNREFUSED/);
});
