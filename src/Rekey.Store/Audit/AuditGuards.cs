using Microsoft.EntityFrameworkCore.Migrations;

namespace Rekey.Store.Audit;

/// <summary>
/// Triggers that refuse to change or remove audit rows. They stop mistakes and hurried scripts; who can drop a trigger is caught by
/// the MACs and the tree.
/// </summary>
public static class AuditGuards
{
    private const string Message = "audit rows are never changed or removed";

    /// <summary>Adds the triggers; call it in the migration that makes the audit tables.</summary>
    /// <param name="migration">The migration.</param>
    /// <param name="schema">The authority's schema; not used in SQLite.</param>
    public static void AddAuditGuards(this MigrationBuilder migration, string schema)
    {
        if (migration.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal))
        {
            migration.Sql($"create trigger audit_entries_no_update before update of writer, counter, at, kind, target, body, mac on audit_entries begin select raise(abort, '{Message}'); end;");
            migration.Sql($"create trigger audit_entries_place_once before update of leaf_index on audit_entries when old.leaf_index is not null begin select raise(abort, '{Message}'); end;");
            migration.Sql($"create trigger audit_entries_no_delete before delete on audit_entries begin select raise(abort, '{Message}'); end;");
            migration.Sql($"create trigger audit_checkpoints_no_update before update on audit_checkpoints begin select raise(abort, '{Message}'); end;");
            return;
        }

        migration.Sql($"""
            create function {schema}.refuse_audit_change() returns trigger language plpgsql as $$
            begin raise exception '{Message}'; end $$;
            create trigger audit_entries_no_update before update on {schema}.audit_entries for each row
              when (old.leaf_index is not null or (old.id, old.writer, old.counter, old.at, old.kind, old.target, old.body, old.mac)
                is distinct from (new.id, new.writer, new.counter, new.at, new.kind, new.target, new.body, new.mac))
              execute function {schema}.refuse_audit_change();
            create trigger audit_entries_no_delete before delete on {schema}.audit_entries for each row execute function {schema}.refuse_audit_change();
            create trigger audit_entries_no_truncate before truncate on {schema}.audit_entries execute function {schema}.refuse_audit_change();
            create trigger audit_checkpoints_no_update before update on {schema}.audit_checkpoints for each row execute function {schema}.refuse_audit_change();
            """);
    }
}
