import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queries.ts';
import { cspNonce } from './csp-nonce.ts';
import { router } from './router.tsx';
import { SessionGate } from './session/session.tsx';
import { applyStoredTheme } from './shell/theme.ts';
import './styles/index.css';
import { Toasts } from './ui/toasts.tsx';

applyStoredTheme();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <CSPProvider nonce={cspNonce}>
      <QueryClientProvider client={queryClient}>
        <SessionGate>
          <RouterProvider router={router} />
        </SessionGate>
        <Toasts />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
