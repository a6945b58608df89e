// bench-duckdb.mjs - one SCTE file converted by DuckDB: the peer of scripts/bench.
//
//     node scripts/bench-duckdb.mjs MODULES TABLES SOURCE OUT
//
// MODULES is a folder where npm has put @duckdb/node-api. TABLES has what `cte-table export` made
// of the crosswalk and of the code sets of pathways and genders. Does what the chain does of a file
// of completers: recodes 11.13 through the rows of the crosswalk, writes converted and held records
// and a change row for each field, checks keys, formats and code sets, sums each field before and
// after, counts by school and code, and takes the SHA-256 of every file it read or wrote.

import { createHash } from "node:crypto";
import {
    closeSync, mkdirSync, openSync, readFileSync, readdirSync, readSync, writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, tables, source, out] = process.argv.slice(2).map((path) => resolve(path));
const { DuckDBInstance } = createRequire(join(modules, "package.json"))("@duckdb/node-api");

const FIELDS = 14;
const field = (number) => `f${String(number).padStart(2, "0")}`;
const fields = Array.from({ length: FIELDS }, (_, i) => field(i + 1));
const quoted = (path) => `'${path.replaceAll("'", "''")}'`;
// The columns of an exported table; its second line is shorter, so they are not to be guessed.
function columns(name) {
    const head = readFileSync(join(tables, name + ".csv"), "utf8").split(/\r?\n/, 1)[0].split(",");
    return `{${head.map((column) => `${quoted(column)}: 'varchar'`)}}`;
}

const exported = (name) => `read_csv(${quoted(join(tables, name + ".csv"))}, header = true,
    all_varchar = true, delim = ',', quote = '"', auto_detect = false, null_padding = true,
    parallel = false, columns = ${columns(name)})`;
const plain = (name, delimiter) => `${quoted(join(out, name))}
    (format csv, header false, delimiter '${delimiter}', quote '', escape '')`;

const READ = `create table records as
    select row_number() over () as line, *
    from read_csv(${quoted(source)}, delim = '^', quote = '"', header = false, all_varchar = true,
        null_padding = false, nullstr = 'no such value', names = [${fields.map(quoted)}])`;

// The rows of the first map, which is that of the pathways.
const ROWS = `create table rows as
    with numbered as (select row_number() over () as place, * from ${exported("clusters")}),
    bounds as (select min(place) as begins, max(place) as ends from numbered
        where "#element" = 'map')
    select code, kind, n, coalesce(first, '') as first, coalesce(last, '9999-9999') as last,
        string_split("to", ' ')[1] as cluster, replace(string_split("to", ' ')[2], '-', '') as sub
    from numbered, bounds where "#element" = 'row' and place > begins and place < ends`;

const ABOUT = `create table about as
    select id, version, status from ${exported("clusters")} where "#element" = 'crosswalk'`;

const codes = (name, table) => `create table ${table} as
    select distinct value, coalesce(first, '') as first from ${exported(name)}
    where "#element" = 'code'`;

const RECODED = `create table recoded as
    select r.*, w.cluster is not null and r.f02 is distinct from 'D' as written, w.kind, w.n,
        coalesce(w.cluster, r.f13) as after, coalesce(w.sub, '') as sub
    from records r left join rows w
        on w.code = r.f13 and r.f06 between w.first and w.last`;

const line = (values) => `concat_ws('^', ${values}) || chr(13)`;
const converted = fields.map((name) => (name === "f13" ? "after" : name)).concat("sub");
const WRITES = [
    `copy (select ${line(converted)} from recoded where written order by line)
        to ${plain("SCTE.txt", "\t")}`,
    `copy (select ${line(fields)} from recoded where not written order by line)
        to ${plain("SCTE.held.txt", "\t")}`,
    `copy (select c.line, c.field, c.name, c.before, c.after, a.id as crosswalk, a.version,
            c.n as "row", a.status || ': ' || c.kind as reason
        from (select line, '11.13' as field, 'CTE Pathway Code' as name, f13 as before, after, n,
                kind
            from recoded where written and after <> f13
            union all select line, '11.15', 'Sub-Cluster Code', null, sub, n, kind
            from recoded where written and sub <> '') c, about a order by c.line, c.field)
        to ${quoted(join(out, "SCTE.changes.csv"))} (format csv, header)`,
];

// A key that stands twice, before the recode and after it; forms of values; values of code sets.
const FINDINGS = `create table findings as
    select line, 'key' as rule from recoded
        qualify count(*) over (partition by f05, f06, f07, f13) > 1
    union all select line, 'key after' from recoded where written
        qualify count(*) over (partition by f05, f06, f07, after) > 1
    union all select line, 'form' from recoded where f01 <> 'SCTE'
        or not regexp_full_match(f04, '[0-9]{7}') or not regexp_full_match(f05, '[0-9]{7}')
        or not regexp_full_match(f06, '[0-9]{4}-[0-9]{4}')
        or not regexp_full_match(f07, '[0-9]{10}')
        or f08 = '' or f09 = '' or f10 = '' or try_strptime(f11, '%Y%m%d') is null
        or length(f12) <> 1 or length(f13) > 3
        or not regexp_full_match(f14, '[0-9]{4}-[0-9]{4}')
    union all select line, 'code' from recoded
        where f12 not in (select value from genders) or f13 not in (select value from pathways)
        or f02 not in ('', 'A', 'D', 'R')
    union all select line, 'undecided' from recoded where not written`;

const sums = (names, prefix) => names.map((name, i) =>
    `sum(hash(${name}))::varchar as ${prefix}${String(i + 1).padStart(2, "0")}`);
const COUNTS = [
    `copy (select ${[...sums(fields, "read"), ...sums(converted, "written")]},
        count(*) as records, count(*) filter (written) as converted from recoded)
        to ${quoted(join(out, "sums.csv"))} (format csv, header)`,
    `copy (select f04, f05, f13, after, sub, f12, written, count(*) from recoded
        group by all order by all) to ${quoted(join(out, "counts.csv"))} (format csv, header)`,
    `copy (select * from findings order by all)
        to ${quoted(join(out, "SCTE.findings.csv"))} (format csv, header)`,
];

function sha256(path) {
    const hash = createHash("sha256");
    const block = Buffer.allocUnsafe(1 << 20);
    const file = openSync(path);
    for (let n; (n = readSync(file, block, 0, block.length, null)) > 0;) {
        hash.update(block.subarray(0, n));
    }
    closeSync(file);
    return hash.digest("hex");
}

mkdirSync(out, { recursive: true });
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
for (const statement of [READ, ROWS, ABOUT, codes("cte-pathway", "pathways"),
    codes("gender", "genders"), RECODED, ...WRITES, FINDINGS, ...COUNTS]) {
    await connection.run(statement);
}
const files = [source, ...readdirSync(out).sort().map((name) => join(out, name))];
const lines = files.map((path) => `${sha256(path)}  ${path}\n`);
writeFileSync(join(out, "SHA256SUMS"), lines.join(""));
