import type { ReactNode } from 'react';
import { useEffect } from 'react';

/** A screen's title, also the document's. */
export function PageHead({
  title,
  children,
  actions,
  above,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Eventhooks`;
  }, [title]);
  return (
    <header className="page-head">
      <div className="page-head-text">
        {above}
        <h1>{title}</h1>
        {children !== undefined && <div className="muted">{children}</div>}
      </div>
      {actions !== undefined && <div className="page-head-actions">{actions}</div>}
    </header>
  );
}
