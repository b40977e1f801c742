-- Citus' catalogue and functions as far as `distribute` uses them: each records its call, and refuses as Citus does.
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
VALUES (99999, 'citus', 10, 11, false, '13.2-1');
CREATE TABLE pg_catalog.pg_dist_node (
    nodeid int, groupid int, nodename text, nodeport int, noderole text, isactive boolean, shouldhaveshards boolean);
INSERT INTO pg_catalog.pg_dist_node VALUES
    (1, 0, 'coordinator', 5432, 'primary', true, false), (2, 1, 'one', 5432, 'primary', true, true);
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, colocationid int);
CREATE TABLE public.called (place int GENERATED ALWAYS AS IDENTITY, sql text, role text);
GRANT ALL ON pg_catalog.pg_dist_partition, public.called TO PUBLIC;
GRANT SELECT ON pg_catalog.pg_dist_node TO PUBLIC;
CREATE FUNCTION pg_catalog.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
    colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.called (sql, role) VALUES (table_name::text || ' with ' || colocate_with, current_user);
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid <> table_name
                  AND conrelid IN (SELECT relid FROM pg_partition_tree(table_name) UNION SELECT table_name)
                  AND confrelid NOT IN (SELECT logicalrelid FROM pg_dist_partition)) THEN
        RAISE EXCEPTION 'referenced table must be a distributed table or a reference table';
    END IF;
    IF table_name IN (SELECT logicalrelid FROM pg_dist_partition) THEN
        RAISE EXCEPTION 'table "%" is already distributed', table_name;
    END IF;
    INSERT INTO pg_dist_partition
    SELECT DISTINCT relid, 7 FROM (SELECT relid FROM pg_partition_tree(table_name) UNION SELECT table_name) AS all_of_it;
END $$;
CREATE FUNCTION pg_catalog.run_command_on_workers(
    command text, parallel boolean DEFAULT true,
    OUT nodename text, OUT nodeport int, OUT success boolean, OUT result text) RETURNS SETOF record
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.called (sql, role) VALUES (command, current_user);
    FOR nodename, nodeport IN SELECT n.nodename, n.nodeport FROM pg_dist_node AS n WHERE groupid <> 0 LOOP
        success := true;
        result := 'DO';
        RETURN NEXT;
    END LOOP;
END $$;
