import { parseArchiveUrl } from './archive-url.ts';

const s3 = { kind: 's3', bucket: 'kept', prefix: '', endpoint: null, region: null, pathStyle: false };

test.each([
  ['/var/lib/archive', { kind: 'directory', path: '/var/lib/archive' }],
  ['archive', { kind: 'directory', path: 'archive' }],
  ['file:///var/lib/an%20archive', { kind: 'directory', path: '/var/lib/an archive' }],
  ['s3://kept', s3],
  ['s3://kept/', s3],
  ['s3://kept/team/hooks/?region=eu-central-1', { ...s3, prefix: 'team/hooks/', region: 'eu-central-1' }],
  ['s3://kept?endpoint=http://minio:9000', { ...s3, endpoint: 'http://minio:9000', pathStyle: true }],
  ['s3://kept?endpoint=https://x.example&path_style=false', { ...s3, endpoint: 'https://x.example' }],
  ['s3://kept?path_style=true', { ...s3, pathStyle: true }],
])('%s is read', (text, target) => {
  expect(parseArchiveUrl(text)).toEqual({ ok: true, target });
});

test.each([
  ['gs://kept', 'expected s3://bucket/prefix, file:///directory or a path'],
  ['https://kept.s3.amazonaws.com', 'expected s3://bucket/prefix, file:///directory or a path'],
  ['s3:kept', 'expected the name of a bucket after s3://'],
  ['s3://', 'expected the name of a bucket after s3://'],
  ['s3://a', 'expected the name of a bucket after s3://'],
  ['s3://key:secret@kept', 'credentials are read from AWS_ACCESS_KEY_ID'],
  ['s3://kept?endpoint=minio:9000', 'endpoint: expected a URL that starts with http:// or https://'],
  ['s3://kept?path_style=yes', 'path_style: expected true or false'],
  ['s3://kept?sse=aws:kms', 'unknown parameter sse'],
  ['s3://kept/%', 'a % is not followed by two hexadecimal digits'],
  ['file://elsewhere/archive', 'File URL host'],
])('%s is refused by a line without its text', (text, fault) => {
  const parsed = parseArchiveUrl(text);
  expect(parsed.ok ? '' : parsed.fault).toContain(fault);
  expect(parsed.ok ? '' : parsed.fault).not.toContain('secret@');
});
