import { mkdir, writeFile } from 'node:fs/promises';
import { checkAnswers, findFreePort, type ProcessGroup } from '../processes.ts';

/** Starts an `nginx` of the PATH that answers every request with 200, in one process and without a log. @returns its URL */
export async function startNginx(group: ProcessGroup, dir: string): Promise<string> {
  const port = await findFreePort();
  const place = `${dir}/nginx`;
  await mkdir(place);
  await writeFile(`${place}/nginx.conf`, describe(port, place));
  const url = `http://127.0.0.1:${port}/`;
  await group.start({
    name: 'nginx',
    file: 'nginx',
    args: ['-p', place, '-e', `${place}/error.log`, '-c', `${place}/nginx.conf`],
    checkReady: () => checkAnswers(url),
  });
  return url;
}

function describe(port: number, place: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
pid ${place}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${temporary.map((name) => `${name}_temp_path ${place}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; location / { return 200; } }
}
`;
}
