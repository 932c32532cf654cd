import { Link } from '@tanstack/react-router';

/** Pages by cursor: further back, or to the newest again; the way between them is the browser's. */
export function Pager({ offset, next }: { offset: string | undefined; next: string | undefined }) {
  if (offset === undefined && next === undefined) return null;
  return (
    <nav className="pager" aria-label="Pages">
      {offset !== undefined && (
        <Link
          to="."
          search={(search: Record<string, unknown>) => ({ ...search, offset: undefined })}
          className="button button-plain"
        >
          To the first page
        </Link>
      )}
      {next !== undefined && (
        <Link
          to="."
          search={(search: Record<string, unknown>) => ({ ...search, offset: next })}
          className="button button-plain"
        >
          Next page
        </Link>
      )}
    </nav>
  );
}
