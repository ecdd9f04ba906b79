/** A column that rows are found by, or that is set. */
export interface ChangedColumn {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'bigint';
  /** The SQL of the new value, if it is not the given value itself: `v` is the given row, `t` the stored one. */
  readonly set?: string;
}

/** How rows of one table are changed in one statement, each to values of its own. */
export interface TableChange {
  readonly table: string;
  readonly keys: readonly ChangedColumn[];
  readonly sets: readonly ChangedColumn[];
  /** What every row gets, as SQL, by its column. */
  readonly also?: Readonly<Record<string, string>>;
  /** One more condition on a row `t`. */
  readonly where?: string;
}

/** Keys, then columns to set: the order of the values of each row. */
export function columnsOf({ keys, sets }: TableChange): readonly ChangedColumn[] {
  return [...keys, ...sets];
}

/** The names of these columns, as a list in SQL. */
export function columnNames(change: TableChange): string {
  return columnsOf(change)
    .map(({ name }) => name)
    .join(', ');
}

/** What stands after SET. */
export function assignments({ sets, also = {} }: TableChange, target = ''): string {
  const given = sets.map(({ name, set }) => `${target}${name} = ${set ?? `v.${name}`}`);
  return [...given, ...Object.entries(also).map(([name, sql]) => `${target}${name} = ${sql}`)].join(', ');
}

/** The condition by which a given row `v` finds its stored row `t`. */
export function matchCondition({ keys, where }: TableChange): string {
  const same = keys.map(({ name }) => `t.${name} = v.${name}`);
  return (where === undefined ? same : [...same, where]).join(' AND ');
}

/** The same piece of SQL several times. */
export function repeated(part: string, times: number, between = ', '): string {
  return Array.from({ length: times }, () => part).join(between);
}
