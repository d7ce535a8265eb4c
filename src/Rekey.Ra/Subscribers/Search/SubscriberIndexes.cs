using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rekey.Ra.Subscribers.Search;

/// <summary>
/// What the database itself keeps for the search, so that it is right whoever writes: an index of every character and every two
/// neighbouring characters of a name ("grams"), and the expiry of the certificate in use beside each subscriber.
/// PostgreSQL has the grams in a GIN index over a function; SQLite in an FTS5 table that triggers write.
/// </summary>
internal static class SubscriberIndexes
{
    // A certificate in use: its half in a pair does not count, and one that nobody confirmed is not in use yet.
    private const string InUse = "pair_of_id is null and state in ('Active', 'Held')";

    // The longest name.
    private const int Places = 200;

    /// <summary>Whether all grams are among a name's; for the database alone. The planner looks into it and finds the index.</summary>
    public static bool NameHas(string name, string[] grams) => throw new NotSupportedException($"{name.Length} {grams.Length}: in queries only");

    /// <summary>Tells the model of <see cref="NameHas"/>, and the order of codes and names: by code point, so that ranges of them are ranges of an index.</summary>
    public static void Configure(ModelBuilder model, string schema)
    {
        model.HasDbFunction(typeof(SubscriberIndexes).GetMethod(nameof(NameHas))!).HasName("name_has").HasSchema(schema);
        model.Entity<Subscriber>(subscriber =>
        {
            foreach (var property in new[] { nameof(Subscriber.DisplayName), nameof(Subscriber.StableId), nameof(Subscriber.CreditCode), nameof(Subscriber.Division), nameof(Subscriber.PhoneDigits), nameof(Subscriber.ContactName) })
            {
                subscriber.Property(property).UseCollation("C");
            }
        });
        model.Entity<RegisteredCertificate>(certificate =>
        {
            certificate.Property(c => c.Serial).UseCollation("C");
            certificate.ComplexProperty(c => c.Token, t => t.Property<string>(nameof(Renewal.TokenIdentityColumns.SerialNumber)).UseCollation("C"));
        });
    }

    /// <summary>Adds them; call it at the end of the migration that makes the tables.</summary>
    public static void AddSubscriberIndexes(this MigrationBuilder migration, string schema)
    {
        foreach (var statement in migration.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal) ? Sqlite() : [Postgres(schema)])
        {
            migration.Sql(statement);
        }
    }

    // Grams as hexadecimal words, because the tokenizer would divide names at their punctuation. A single character is the start of a word,
    // for which the prefix index is: a Chinese character has six digits.
    private static IEnumerable<string> Sqlite()
    {
        yield return "create table subscriber_name_places (n integer primary key)";
        yield return $"insert into subscriber_name_places with recursive p(n) as (values (1) union all select n + 1 from p where n < {Places}) select n from p";
        yield return "create virtual table subscriber_names using fts5(grams, content='', columnsize=0, detail=none, prefix='6')";
        static string Grams(string row) => $"(select group_concat(hex(substr(lower({row}.display_name), n, 2)), ' ') from subscriber_name_places where n <= length({row}.display_name))";
        var add = $"insert into subscriber_names (rowid, grams) values (new.id, {Grams("new")});";
        var remove = $"insert into subscriber_names (subscriber_names, rowid, grams) values ('delete', old.id, {Grams("old")});";
        yield return $"create trigger subscriber_names_insert after insert on subscribers begin {add} end";
        yield return $"create trigger subscriber_names_update after update of display_name on subscribers when new.display_name <> old.display_name begin {remove} {add} end";
        yield return $"create trigger subscriber_names_delete after delete on subscribers begin {remove} end";
        yield return $"create trigger certificates_expiry_insert after insert on certificates when new.{InUse.Replace(" state", " new.state", StringComparison.Ordinal)} begin {Expiry("new")} end";
        yield return $"create trigger certificates_expiry_update after update of state on certificates when new.pair_of_id is null and new.state <> old.state begin {Expiry("new")} end";
        yield return $"create trigger certificates_expiry_delete after delete on certificates when old.pair_of_id is null begin {Expiry("old")} end";
        yield return "create index ix_certificates_token_serial on certificates (token_serial_number) where token_serial_number is not null";
        yield return "create index ix_certificates_token_model on certificates (token_model, subscriber_id) where token_model is not null";
    }

    // The plus keeps SQLite from the index of pairs, in which every certificate without one is the same.
    private static string Expiry(string row) =>
        $"update subscribers set expires_at = (select max(not_after) from certificates where subscriber_id = {row}.subscriber_id and +{InUse}) where id = {row}.subscriber_id;";

    // The function costs much, so that the planner takes the index and never works it out row by row. The subscriber is locked before its
    // certificates are looked at: of two that change at once, the second must see the first.
    private static string Postgres(string schema) => $"""
        create function {schema}.name_grams(name text) returns text[] language sql immutable strict parallel safe cost 10000 as $$
          select coalesce(array_agg(distinct substr(l, n, w)), '{"{}"}')
          from (select lower(name collate "C") as l) x, generate_series(1, length(name)) n, (values (1), (2)) v(w) $$;
        create function {schema}.name_has(name text, grams text[]) returns boolean language sql immutable parallel safe cost 10000 as $$
          select {schema}.name_grams(name) @> grams $$;
        create index ix_subscribers_name_grams on {schema}.subscribers using gin ({schema}.name_grams(display_name));
        create function {schema}.keep_expiry() returns trigger language plpgsql as $$
        declare subscriber bigint := case when tg_op = 'DELETE' then old.subscriber_id else new.subscriber_id end;
        begin
          perform 1 from {schema}.subscribers where id = subscriber for no key update;
          update {schema}.subscribers s set expires_at = x.expires_at
            from (select max(not_after) as expires_at from {schema}.certificates where subscriber_id = subscriber and {InUse}) x
            where s.id = subscriber and s.expires_at is distinct from x.expires_at;
          return null;
        end $$;
        create trigger certificates_expiry_insert after insert on {schema}.certificates for each row
          when (new.pair_of_id is null and new.state in ('Active', 'Held')) execute function {schema}.keep_expiry();
        create trigger certificates_expiry_update after update of state on {schema}.certificates for each row
          when (new.pair_of_id is null and new.state is distinct from old.state) execute function {schema}.keep_expiry();
        create trigger certificates_expiry_delete after delete on {schema}.certificates for each row
          when (old.pair_of_id is null) execute function {schema}.keep_expiry();
        create index ix_certificates_token_serial on {schema}.certificates (token_serial_number) where token_serial_number is not null;
        create index ix_certificates_token_model on {schema}.certificates (token_model, subscriber_id) where token_model is not null;
        """;
}
