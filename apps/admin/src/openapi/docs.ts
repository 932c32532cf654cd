import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Express } from 'express';
import { pathPrefixOf } from '../http/path-prefix.ts';
import { refuseMethod } from '../http/route.ts';
import { buildOpenApi } from './build.ts';

/** Replaces Swagger UI's own start-up script, which shows a document from elsewhere. */
const initializer = (prefix: string): string => `window.onload = () => {
  window.ui = SwaggerUIBundle({ url: '${prefix}/openapi.json', dom_id: '#swagger-ui', deepLinking: true, presets: [SwaggerUIBundle.presets.apis] });
};
`;

const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const page = (prefix: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Eventhooks Admin API</title>
<link rel="stylesheet" href="${prefix}/docs/swagger-ui.css">
<link rel="icon" href="${prefix}/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${prefix}/docs/swagger-ui-bundle.js"></script>
<script src="${prefix}/docs/initializer.js"></script>
</body>
</html>
`;

/** `GET /openapi.json`, and `GET /docs`, which shows it without loading anything from outside. Both need no token: they say nothing about the installation. */
export function mountDocs(app: Express): void {
  const document = buildOpenApi();
  const { resolve } = createRequire(import.meta.url);
  const refuse = refuseMethod(['get']);
  const serve = (path: string, type: string, bodyFor: (prefix: string) => string | Buffer): void => {
    app.get(path, (request, response) => {
      response.type(type).send(bodyFor(pathPrefixOf(request)));
    });
    app.all(path, refuse);
  };
  const print = (url: string): string => JSON.stringify({ ...document, servers: [{ url }] });
  const atRoot = print('/');
  serve('/openapi.json', 'application/json', (prefix) => (prefix === '' ? atRoot : print(prefix)));
  serve('/docs', 'html', page);
  serve('/docs/initializer.js', 'js', initializer);
  for (const name of ASSETS) {
    const asset = readFileSync(resolve(`swagger-ui-dist/${name}`));
    serve(`/docs/${name}`, name, () => asset);
  }
}
