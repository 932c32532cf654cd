import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Express } from 'express';
import { refuseMethod } from '../http/route.ts';
import { buildOpenApi } from './build.ts';

/** Swagger UI's own start-up script names a document elsewhere. */
const INITIALIZER = `window.onload = () => {
  window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, presets: [SwaggerUIBundle.presets.apis] });
};
`;

const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Eventhooks Admin API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/initializer.js"></script>
</body>
</html>
`;

/** `GET /openapi.json`, and `GET /docs`, which shows it with nothing from outside. Both are open: they tell nothing of the installation. */
export function mountDocs(app: Express): void {
  const document = JSON.stringify(buildOpenApi());
  const { resolve } = createRequire(import.meta.url);
  const refuse = refuseMethod(['get']);
  const serve = (path: string, type: string, body: string | Buffer): void => {
    app.get(path, (_request, response) => {
      response.type(type).send(body);
    });
    app.all(path, refuse);
  };
  serve('/openapi.json', 'application/json', document);
  serve('/docs', 'html', PAGE);
  serve('/docs/initializer.js', 'js', INITIALIZER);
  for (const name of ASSETS) serve(`/docs/${name}`, name, readFileSync(resolve(`swagger-ui-dist/${name}`)));
}
