import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Express, Request, Response } from 'express';
import { apiError } from '../http/api-error.ts';
import { workspaceOf } from '../http/path.ts';
import { pathPrefixOf } from '../http/path-prefix.ts';
import { refuseMethod } from '../http/route.ts';

/** The directory that `npm run build:dashboard` writes. */
const DIST = new URL('../../../dashboard/dist/', import.meta.url);

const NOT_BUILT = 'The dashboard is not built. Run: npm run build:dashboard, and start the admin again.\n';

/** Encodings, best first. The build wrote each text file in both. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/**
 * `GET /dashboard` and all paths below: the page, which chooses its screen by the URL, and its assets, whose names change with
 * their content. Open to everyone: they hold no data of the installation.
 */
export function mountDashboardFiles(app: Express): void {
  const refuse = refuseMethod(['get']);
  const assets = readAssets();
  app.get('/', (request, response, next) => {
    // Scripts go on to the 404 that Kong's API has here; so does the root of a workspace.
    if (workspaceOf(request) !== null || request.accepts(['json', 'html']) !== 'html') next();
    else response.redirect(`${pathPrefixOf(request)}/dashboard`);
  });
  app.get('/dashboard/assets/:name', (request, response) => sendAsset(assets, request, response));
  app.all('/dashboard/assets/:name', refuse);
  const page = readPage();
  app.get(['/dashboard', '/dashboard/*path'], (request, response) => {
    if (page === null) response.status(503).type('text').send(NOT_BUILT);
    else sendPage(page, pathPrefixOf(request), response);
  });
  app.all(['/dashboard', '/dashboard/*path'], refuse);
}

function readAssets(): ReadonlyMap<string, Buffer> {
  const folder = new URL('assets/', DIST);
  if (!existsSync(folder)) return new Map();
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder))]));
}

function readPage(): string | null {
  const file = new URL('index.html', DIST);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

function sendAsset(assets: ReadonlyMap<string, Buffer>, request: Request, response: Response): void {
  const { name = '' } = request.params as Record<string, string>;
  const plain = assets.get(name);
  if (plain === undefined) throw apiError('not_found');
  response.type(name).vary('Accept-Encoding').set('Cache-Control', 'public, max-age=31536000, immutable');
  for (const [encoding, suffix] of ENCODINGS) {
    const packed = assets.get(name + suffix);
    if (packed !== undefined && request.acceptsEncodings(encoding) === encoding) {
      response.set('Content-Encoding', encoding).send(packed);
      return;
    }
  }
  response.send(plain);
}

/**
 * Sends the page with links relative to the dashboard's URL as the caller sees it. The policy allows no other origin and no
 * inline script. Styles that components insert carry the page's nonce.
 */
function sendPage(page: string, prefix: string, response: Response): void {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  response
    .set('Content-Security-Policy', policy.join(';'))
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(page.replace('<head>', `<head>\n    <base href="${prefix}/dashboard/">`).replace('__CSP_NONCE__', nonce));
}
