import { AlertDialog } from '@base-ui/react/alert-dialog';
import { useBlocker } from '@tanstack/react-router';
import { Button } from '../ui/button.tsx';

/** Asks before unsaved edits are left, within the dashboard and when the tab is closed. */
export function LeaveGuard({ hasEdits }: { hasEdits: () => boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: hasEdits,
    enableBeforeUnload: hasEdits,
    withResolver: true,
  });
  return (
    <AlertDialog.Root open={status === 'blocked'} onOpenChange={(isOpen) => !isOpen && reset?.()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">Leave without saving?</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            Your edits to this hook would be lost.
          </AlertDialog.Description>
          <div className="dialog-actions">
            <Button onClick={() => reset?.()}>Stay</Button>
            <Button kind="danger" onClick={() => proceed?.()}>
              Leave
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
