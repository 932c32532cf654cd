import { useEffect, useState } from 'react';

/** A preview is requested when nothing was typed for this long. */
const pauseMs = 350;

/** A value once it has not changed for a moment. */
export function useDebounced(value: string): string {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return debounced;
}
