import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'eventhooks-theme';

/** Applies the stored choice, or else the system's. */
export function applyStoredTheme(): Theme {
  const stored = localStorage.getItem(storageKey);
  const theme: Theme = stored === 'light' || stored === 'dark' ? stored : 'system';
  applyTheme(theme);
  return theme;
}

function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(applyStoredTheme);
  return [
    theme,
    (next) => {
      localStorage.setItem(storageKey, next);
      applyTheme(next);
      setTheme(next);
    },
  ];
}
