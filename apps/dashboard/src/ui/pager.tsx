import { Link } from '@tanstack/react-router';

/** Paging by cursor: to older rows, or back to the newest. For steps between, there is the browser's back button. */
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
