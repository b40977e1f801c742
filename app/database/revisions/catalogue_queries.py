"""The queries of pg_catalog that a fingerprint consists of. Rows are sorted, by the query or by its caller."""

from __future__ import annotations

_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_NOT_OF_AN_EXTENSION = """NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.objid = {oid} AND d.classid = '{catalogue}'::regclass AND d.deptype = 'e')"""
_MEMBERS = f"""
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
"""

SCHEMAS = f"""
    SELECT n.oid, n.nspname, pg_get_userbyid(n.nspowner), obj_description(n.oid, 'pg_namespace')
    FROM pg_namespace n WHERE {_OURS} ORDER BY 2
"""

RELATIONS = f"""
    SELECT c.oid, n.nspname || '.' || c.relname, pg_get_userbyid(c.relowner), c.relkind::text, c.relpersistence::text,
           concat_ws(' ', pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
                     (SELECT 'of ' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
                      FROM pg_inherits WHERE inhrelid = c.oid)),
           concat_ws(' ', array_to_string(c.reloptions, ','), 'replica ' || c.relreplident::text,
                     CASE WHEN c.relrowsecurity THEN 'row security' END,
                     CASE WHEN c.relforcerowsecurity THEN 'forced' END),
           CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid)
                WHEN c.relkind = 'S' THEN (
                    SELECT concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle,
                                     (SELECT concat('of ', refobjid::regclass, ' ', refobjsubid) FROM pg_depend
                                      WHERE classid = 'pg_class'::regclass AND objid = c.oid AND refobjsubid > 0
                                        AND deptype IN ('a', 'i')))
                    FROM pg_sequence WHERE seqrelid = c.oid)
           END,
           obj_description(c.oid, 'pg_class')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND c.oid IS DISTINCT FROM to_regclass('public.alembic_version')
      AND {_NOT_OF_AN_EXTENSION.format(oid="c.oid", catalogue="pg_class")}
    ORDER BY 2
"""

PARTS = {
    "columns": f"""
        SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               concat_ws(' ', a.attidentity, a.attgenerated,
                         CASE WHEN a.attcollation <> t.typcollation
                              THEN 'collate ' || a.attcollation::regcollation::text END,
                         CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || a.attstorage::text END,
                         nullif(a.attcompression::text, ''), array_to_string(a.attoptions, ',')),
               pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN ({_MEMBERS}) ORDER BY a.attrelid, a.attnum
    """,
    # Not-null constraints have rows of their own from PostgreSQL 18 on; attnotnull is the same on every version.
    "constraints": f"""
        SELECT conrelid, conname, contype::text, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'),
               (SELECT string_agg(DISTINCT tgenabled::text, ',') FROM pg_trigger WHERE tgconstraint = pg_constraint.oid)
        FROM pg_constraint WHERE contype <> 'n' AND conrelid IN ({_MEMBERS}) ORDER BY conname
    """,
    "indexes": f"""
        SELECT indrelid, pg_get_indexdef(indexrelid), indisvalid, indisreplident,
               obj_description(indexrelid, 'pg_class')
        FROM pg_index WHERE indrelid IN ({_MEMBERS}) ORDER BY 2
    """,
    "triggers": f"""
        SELECT tgrelid, pg_get_triggerdef(oid), tgenabled::text, obj_description(oid, 'pg_trigger')
        FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN ({_MEMBERS}) ORDER BY 2
    """,
    "rules": f"""
        SELECT ev_class, pg_get_ruledef(oid), ev_enabled::text FROM pg_rewrite
        WHERE rulename <> '_RETURN' AND ev_class IN ({_MEMBERS}) ORDER BY 2
    """,
    "policies": f"""
        SELECT polrelid, polname, polcmd::text, polpermissive, polroles::regrole[]::text,
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        FROM pg_policy WHERE polrelid IN ({_MEMBERS}) ORDER BY polname
    """,
    "statistics": f"""
        SELECT stxrelid, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid IN ({_MEMBERS}) ORDER BY 2
    """,
}
"""Facts of relations; the first column of each answer is the relation's oid."""

STANDALONE = f"""
    SELECT 'function', p.oid::regprocedure::text, p.oid, pg_get_userbyid(p.proowner),
           CASE WHEN p.prokind = 'a'
                THEN (SELECT concat_ws(' ', 'aggregate', aggtransfn, aggfinalfn, aggtranstype::regtype, agginitval)
                      FROM pg_aggregate WHERE aggfnoid = p.oid)
                ELSE pg_get_functiondef(p.oid) END,
           obj_description(p.oid, 'pg_proc')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE {_OURS} AND {_NOT_OF_AN_EXTENSION.format(oid="p.oid", catalogue="pg_proc")}
    UNION ALL
    SELECT 'type', t.oid::regtype::text, t.oid, pg_get_userbyid(t.typowner),
           concat_ws(' ', t.typtype::text, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typdefault,
                     CASE WHEN t.typnotnull THEN 'not null' END,
                     (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
                     (SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY conname) FROM pg_constraint k
                      WHERE contypid = t.oid AND contype <> 'n'),
                     (SELECT rngsubtype::regtype::text FROM pg_range WHERE rngtypid = t.oid),
                     (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY attnum)
                      FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped)),
           obj_description(t.oid, 'pg_type')
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE {_OURS} AND (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c')
      AND {_NOT_OF_AN_EXTENSION.format(oid="t.oid", catalogue="pg_type")}
    UNION ALL
    SELECT 'extension', extname, oid, NULL, extversion, NULL FROM pg_extension
    UNION ALL
    SELECT 'event trigger', evtname, oid, NULL,
           concat_ws(' ', evtevent, evtfoid::regproc::text, evtenabled::text, evttags::text), NULL
    FROM pg_event_trigger
    ORDER BY 1, 2
"""
"""(kind, name, oid, owner where it has privileges, definition, comment) of what belongs to no relation."""

_ENTRY = "coalesce(g.rolname, 'public'), a.privilege_type, a.is_grantable"
_GRANTEE = "LEFT JOIN pg_roles g ON g.oid = a.grantee"

PRIVILEGES = f"""
    SELECT 'relation ' || c.oid, '', {_ENTRY}
    FROM pg_class c
    CROSS JOIN acldefault(CAST(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END AS "char"), c.relowner) AS usual
    CROSS JOIN aclexplode(coalesce(c.relacl, usual)) a {_GRANTEE}
    WHERE c.oid IN ({_MEMBERS})
    UNION ALL
    SELECT 'relation ' || t.attrelid, t.attname::text, {_ENTRY}
    FROM pg_attribute t CROSS JOIN aclexplode(t.attacl) a {_GRANTEE} WHERE t.attrelid IN ({_MEMBERS})
    UNION ALL
    SELECT 'schema ' || n.oid, '', {_ENTRY}
    FROM pg_namespace n CROSS JOIN aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a {_GRANTEE}
    WHERE {_OURS}
    UNION ALL
    SELECT 'function ' || p.oid, '', {_ENTRY}
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a {_GRANTEE} WHERE {_OURS}
    UNION ALL
    SELECT 'type ' || t.oid, '', {_ENTRY}
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    CROSS JOIN aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) a {_GRANTEE}
    WHERE {_OURS} AND t.typtype IN ('c', 'd', 'e', 'r')
    UNION ALL
    SELECT 'default', concat_ws(' ', pg_get_userbyid(f.defaclrole), f.defaclnamespace, f.defaclobjtype), {_ENTRY}
    FROM pg_default_acl f CROSS JOIN aclexplode(f.defaclacl) a {_GRANTEE}
    ORDER BY 1, 2, 3, 4
"""
"""(object, column or empty, grantee, privilege, grantable): a privilege list that is null means its default."""

VERSION_TABLE = f"""
    SELECT {_ENTRY} FROM pg_class c CROSS JOIN aclexplode(c.relacl) a {_GRANTEE}
    WHERE c.oid = to_regclass('public.alembic_version') AND a.grantee <> c.relowner
"""
