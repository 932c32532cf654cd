import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { guides } from './guides.ts';

/** `npm run dev -w apps/dashboard` serves the sources, and hands API calls to an admin on its default port. */
const admin = 'http://127.0.0.1:8001';

export default defineConfig(({ command }) => ({
  // The admin says in the page's <base> where it is, which may be below a proxy's prefix.
  base: command === 'serve' ? '/dashboard/' : './',
  plugins: [react(), guides()],
  build: {
    target: 'es2023',
    // Everything is a file of its own: a strict Content-Security-Policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      '^/(?!dashboard)': admin,
      '/dashboard/session': admin,
    },
  },
}));
