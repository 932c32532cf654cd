'use strict';

// Runs before the programs of package.json's scripts, on whatever Node the machine has. So it is CommonJS, in syntax that every Node
// reads: an old one should get a sentence, not the stack trace of a file that it cannot parse.

const version = process.versions.node;
const parts = version.split('.').map(Number);

if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
  const name = process.env.npm_lifecycle_event || 'start';
  const command = name === 'start' || name === 'test' ? `npm ${name}` : `npm run ${name}`;
  process.stderr.write(
    `\nEventhooks needs Node 22.18 or newer. This is Node ${version}.\n` +
      `Install a newer one, or let npx fetch Node 24 for this command:\n\n  npx -y -p node@24 -c 'npm ci && ${command}'\n\n`,
  );
  process.exitCode = 1;
}
