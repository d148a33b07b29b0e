import './configure-zod.ts';
import '@fontsource-variable/geist';
import './mantine.css';
import './global.css';
import { localStorageColorSchemeManager } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { takeLoginCode } from './features/auth/take-login-code.ts';
import { preloadOpenedPage } from './routes/router.ts';

// Before the first paint and without an inline script, which a strict content security policy would refuse.
const chosen = localStorageColorSchemeManager().get('auto');
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)').matches;
document.documentElement.dataset.mantineColorScheme = chosen === 'auto' ? (prefersDark ? 'dark' : 'light') : chosen;

preloadOpenedPage();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App
      baseUrl={import.meta.env.VITE_API_BASE_URL}
      sseEnabled={import.meta.env.VITE_SSE_ENABLED}
      loginCode={takeLoginCode()}
    />
  </StrictMode>,
);
