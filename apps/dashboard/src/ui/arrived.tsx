import { type ReactNode, useEffect, useRef } from 'react';

/** What somebody waited for, such as an answer: it comes into view and takes the focus, so that a screen reader reads it. */
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
