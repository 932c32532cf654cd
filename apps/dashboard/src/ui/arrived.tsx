import { type ReactNode, useEffect, useRef } from 'react';

/** An answer that somebody waited for. It comes into view and takes the focus, so that a screen reader reads it. */
export function Arrived({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    ref.current?.focus({ preventScroll: true });
    ref.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={ref} tabIndex={-1} className="stack">
      {children}
    </div>
  );
}
