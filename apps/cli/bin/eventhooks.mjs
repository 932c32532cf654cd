#!/usr/bin/env node
// JavaScript, so that an older Node can still say what is wrong.
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `eventhooks needs Node 22.18 or newer. This is Node ${process.versions.node}.\nThis line works: npx -y -p node@24 -c 'eventhooks …'\n`,
  );
  process.exitCode = 2;
} else {
  // Keeps compiled code for a faster start the next time.
  module.enableCompileCache();
  const { main } = await import('../src/main.ts');
  await main(process.argv);
}
