export type JsonColumnType =
  'text' | 'text[]' | 'jsonb' | 'uuid' | 'boolean' | 'smallint' | 'int' | 'bigint' | 'float8' | 'timestamptz';

/**
 * A table expression: one row per object of the JSON list that `parameter` stands for, with these fields as columns. A field
 * that is absent or null is NULL; a list is never NULL. It is what `jsonb_to_recordset` gives, at less than half its price: that
 * one builds a table of the fields for every row (measured on rows of 25 fields, PostgreSQL 15).
 */
export function jsonRows(parameter: string, columns: Readonly<Record<string, JsonColumnType>>): string {
  const list = Object.entries(columns).map(([name, type]) => `${read(name, type)} AS "${name}"`);
  return `(SELECT ${list.join(', ')} FROM jsonb_array_elements(${parameter}::jsonb) AS object)`;
}

function read(name: string, type: JsonColumnType): string {
  const [text, value] = [`object->>'${name}'`, `nullif(object->'${name}', 'null')`];
  if (type === 'text') return text;
  if (type === 'jsonb') return value;
  return type === 'text[]' ? `ARRAY(SELECT jsonb_array_elements_text(${value}))` : `(${text})::${type}`;
}
