import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect } from 'node:net';
import { createCertificate } from './support/certificates.ts';
import { createLocalClient, post } from './support/client.ts';
import { type RawReceiver, startRawReceiver } from './support/raw-receiver.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const authority = createCertificate({ names: ['Test CA'], issuer: 'itself', authority: true });
const certificate = createCertificate({ names: ['hooks.example'], issuer: authority });
const trusting = { verify: true, ca: authority.cert };

/** A forward proxy that resolves every name to this machine. */
async function startProxy(refuse?: number): Promise<{ url: string; lines: string[]; server: Server }> {
  const lines: string[] = [];
  const server = createServer((request, response) => {
    lines.push(`${request.method} ${request.url}`);
    if (refuse !== undefined) {
      response.writeHead(refuse).end();
      return;
    }
    const { port, pathname } = new URL(request.url ?? '');
    const { method, headers } = request;
    const onward = httpRequest({ host: '127.0.0.1', port, path: pathname, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    lines.push(`CONNECT ${request.url}`);
    socket.on('error', () => {});
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, lines, server };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

test('http goes through the proxy in absolute form, https through a tunnel with its own TLS; names are left to the proxy', async () => {
  const proxy = await startProxy();
  const plain = await startRawReceiver((socket) => socket.write(OK));
  const secure: RawReceiver = await startRawReceiver((socket) => socket.write(OK), { tls: certificate });
  const resolve = async () => {
    throw new Error('the name was resolved here');
  };
  const client = createLocalClient({ proxyUrl: proxy.url, resolve });
  const http = `http://hooks.example:${plain.port}/a`;
  expect((await client.send(post(http))).ok).toBe(true);
  expect((await client.send(post(`https://hooks.example:${secure.port}/b`, { tls: trusting }))).ok).toBe(true);
  expect(await client.send(post(`https://hooks.example:${secure.port}/c`))).toMatchObject({ ok: false, kind: 'tls' });
  expect(proxy.lines).toEqual([
    `POST ${http}`,
    `CONNECT hooks.example:${secure.port}`,
    `CONNECT hooks.example:${secure.port}`,
  ]);
  expect(plain.requests[0]).toMatch(/{"a":1}$/);
  await client.close();
  await Promise.all([plain.close(), secure.close(), stop(proxy.server)]);
});

test('what the URL alone tells is checked before the proxy is asked', async () => {
  const proxy = await startProxy();
  const client = createLocalClient({ proxyUrl: proxy.url });
  for (const url of ['http://169.254.169.254/', 'https://10.0.0.1/', 'http://example.com:25/']) {
    expect(await client.send(post(url))).toMatchObject({ ok: false, kind: 'egress_blocked' });
  }
  expect(proxy.lines).toEqual([]);
  await client.close();
  await stop(proxy.server);
});

test.each([403, 407, 502])('a proxy that answers %d to a tunnel is the kind proxy', async (status) => {
  const proxy = await startProxy(status);
  const client = createLocalClient({ proxyUrl: proxy.url });
  expect(await client.send(post('https://hooks.example/'))).toMatchObject({ ok: false, kind: 'proxy' });
  await client.close();
  await stop(proxy.server);
});

test('a proxy that wants credentials for plain http is the kind proxy', async () => {
  const proxy = await startProxy(407);
  const client = createLocalClient({ proxyUrl: proxy.url });
  expect(await client.send(post('http://hooks.example/'))).toMatchObject({ ok: false, kind: 'proxy' });
  await client.close();
  await stop(proxy.server);
});

test('a proxy that is not there is the kind proxy', async () => {
  const proxy = await startProxy();
  await stop(proxy.server);
  const client = createLocalClient({ proxyUrl: proxy.url });
  for (const url of ['http://hooks.example/', 'https://hooks.example/']) {
    expect(await client.send(post(url))).toMatchObject({ ok: false, kind: 'proxy' });
  }
  await client.close();
});
