import { Ban, Download, Send } from 'lucide-react';
import { useState } from 'react';
import { apiUrl } from '../api/client.ts';
import { useCanChange } from '../session/session.tsx';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { type BulkAction, BulkDialog, type Chosen } from './bulk-dialog.tsx';

/** Actions on the selected deliveries, or on all that the filters let through. */
export function BulkBar({
  selected,
  filter,
  onDone,
}: {
  selected: readonly string[];
  /** Null: a search is on, whose results can only be selected. */
  filter: Record<string, string> | null;
  onDone: () => void;
}) {
  const canChange = useCanChange();
  const [open, setOpen] = useState<{ action: BulkAction; chosen: Chosen } | null>(null);
  const begin = (action: BulkAction): void => {
    if (selected.length > 0) setOpen({ action, chosen: { ids: selected } });
    // Events that are published from now on are left out.
    else if (filter !== null) {
      setOpen({ action, chosen: { filter: { ...filter, until: filter.until ?? new Date().toISOString() } } });
    }
  };
  const isOffered = canChange && (selected.length > 0 || filter !== null);
  return (
    <div className="bulk-bar">
      <span className="muted small" role="status">
        {selected.length > 0 ? `${selected.length} selected` : filter === null ? '' : 'All that match:'}
      </span>
      {isOffered && (
        <>
          <Button kind="quiet" onClick={() => begin('retry')}>
            <Send aria-hidden="true" /> Send again
          </Button>
          <Button kind="quiet" onClick={() => begin('cancel')}>
            <Ban aria-hidden="true" /> Cancel
          </Button>
        </>
      )}
      {filter !== null && selected.length === 0 && (
        <a
          className="button button-quiet"
          href={apiUrl(`/deliveries/export?${new URLSearchParams(filter)}`)}
          download="deliveries.ndjson"
        >
          <Download aria-hidden="true" /> Export
        </a>
      )}
      <span className="bulk-share muted small">
        Link to this list <CopyButton text={location.href} label="the link" />
      </span>
      {open !== null && (
        <BulkDialog
          {...open}
          onClose={(isDone) => {
            setOpen(null);
            if (isDone) onDone();
          }}
        />
      )}
    </div>
  );
}
