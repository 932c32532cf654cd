import { useNavigate, useSearch } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { nameHook, useHooks, useListApi, useSources } from '../api/queries.ts';
import type { Delivery } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { DocsLink } from '../ui/docs-link.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Pager } from '../ui/pager.tsx';
import { Empty, Loaded } from '../ui/states.tsx';
import { DELIVERY_STATUSES, labelOf } from '../ui/status.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { Choice } from './choice.tsx';
import { DeliveryTable } from './delivery-table.tsx';
import { FAILURE_CODES } from './failures.ts';
import { FindBox, LookFurther, RangeChoice } from './find.tsx';
import { type DeliveriesSearch, filterOf, queryOfSearch } from './search.ts';

const pageSize = 50;

/** All deliveries, by any filter; the first page is kept up to date. */
export function Deliveries() {
  const search: DeliveriesSearch = useSearch({ strict: false });
  const deliveries = useListApi<Delivery>(`/deliveries?${queryOfSearch(search, pageSize)}`, search.q);
  const [selected, setSelected] = useState<readonly string[]>([]);
  const hooks = useHooks();
  const shown = JSON.stringify(search);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has no selection yet
  useEffect(() => setSelected([]), [shown]);
  const isFiltered = Object.entries(search).some(([name, value]) => name !== 'offset' && value !== undefined);
  return (
    <>
      <PageHead title="Deliveries">
        Each is one event on its way to one hook. The newest come first. <DocsLink page="deliveries" />
      </PageHead>
      <Filters search={search} />
      <Loaded query={deliveries}>
        {(page) =>
          page.data.length === 0 && page.offset !== undefined ? (
            <LookFurther page={page} />
          ) : page.data.length === 0 ? (
            <Empty title={isFiltered ? 'No delivery matches these filters' : 'No deliveries yet'}>
              {isFiltered
                ? 'Remove a filter, or choose a longer time.'
                : 'Once an event is published that a hook hears, its delivery is shown here within a second.'}
            </Empty>
          ) : (
            <>
              <BulkBar
                selected={selected}
                filter={search.q === undefined ? filterOf(search) : null}
                onDone={() => setSelected([])}
              />
              <DeliveryTable
                key={shown}
                deliveries={page.data}
                hooks={hooks.data?.data ?? []}
                selected={selected}
                onSelect={setSelected}
              />
              <Pager offset={search.offset} next={page.offset} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Filters({ search }: { search: DeliveriesSearch }) {
  const navigate = useNavigate();
  const hooks = useHooks();
  const sources = useSources();
  const set = (change: Partial<DeliveriesSearch>): void => {
    void navigate({ to: '/deliveries', search: { ...search, offset: undefined, ...change }, replace: true });
  };
  const isAny = Object.values(search).some((value) => value !== undefined);
  const sourceNames = Object.keys(sources.data?.data ?? {});
  const eventNames = Object.keys(sources.data?.data[search.source ?? ''] ?? {});
  return (
    <search className="filters">
      <FindBox value={search.q} onFind={(q) => set({ q })} />
      <Choice label="Status" value={search.status} onChange={(status) => set({ status })}>
        {DELIVERY_STATUSES.map((status) => (
          <option key={status} value={status}>
            {labelOf(status)}
          </option>
        ))}
      </Choice>
      <Choice label="Hook" value={search.hook} onChange={(hook) => set({ hook })}>
        {hooks.data?.data.map((hook) => (
          <option key={hook.id} value={hook.id}>
            {nameHook(hook, hook.id)}
          </option>
        ))}
      </Choice>
      <Choice label="Source" value={search.source} onChange={(source) => set({ source, event: undefined })}>
        {sourceNames.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <Choice
        label="Event"
        value={search.event}
        isDisabled={search.source === undefined}
        onChange={(event) => set({ event })}
      >
        {eventNames.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <Choice label="Error" value={search.error} onChange={(error) => set({ error })}>
        {FAILURE_CODES.map((code) => (
          <option key={code} value={code}>
            {code}
          </option>
        ))}
      </Choice>
      <RangeChoice range={search} onChange={(range) => set(range as Partial<DeliveriesSearch>)} />
      {isAny && (
        <Button kind="quiet" onClick={() => void navigate({ to: '/deliveries', search: {}, replace: true })}>
          <X aria-hidden="true" /> Clear
        </Button>
      )}
    </search>
  );
}
