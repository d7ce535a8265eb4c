using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Algorithms;
using Rekey.Store;
using Rekey.Testing.Faults;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Faults;

/// <summary>The checker that the fault tests rest on: it finds nothing in stores that are well, and names whatever is broken in a copy of them.</summary>
public sealed class StoreInvariantsTests(StoreInvariantsTests.Renewed renewed) : IClassFixture<StoreInvariantsTests.Renewed>
{
    private const string NoGuards = "drop trigger audit_entries_no_update; drop trigger audit_entries_no_delete;";

    private const string Unapproved = "insert into cmp_references (reference, sealed_secret, subscriber_id, profile, expires_at, wrong_tries, approve_by_hand, spki_sha256)"
        + " select id, x'00', subscriber_id, profile, 0, 0, 1, spki_sha256 from certificates where state = 'Active';";

    [Fact]
    public async Task Stores_after_a_renewal_are_well()
    {
        Found.Nothing(await StoreInvariants.BrokenAsync(renewed.Site.View()));
        using var copy = renewed.Copy("", "");
        Found.Nothing(await StoreInvariants.BrokenAsync(copy));
    }

    [Theory]
    [InlineData("delete from events where kind = 'Issued'", "0 events say that it was issued")]
    [InlineData("delete from events where kind = 'Confirmed'", "its events make it Unconfirmed")]
    [InlineData(NoGuards + "delete from audit_entries where kind = 'certificate.issued'", "0 audit entries certificate.issued")]
    [InlineData(NoGuards + "update audit_entries set body = replace(body, 'confirmed', 'konfirmed')", "audit: entry")]
    [InlineData("update audit_tiles set hashes = zeroblob(length(hashes))", "audit: ")]
    [InlineData("delete from cmp_transactions", "no answer is stored")]
    [InlineData("update cmp_transactions set answer = (select answer from cmp_transactions order by rowid limit 1)", "is another one")]
    [InlineData("update certificates set state = 'Held', held_at = confirmed_at where renewed_from_id is not null", "is Held, and its events make it Confirmed")]
    [InlineData("update certificates set state = 'Unconfirmed', confirm_by = '2020-01-01 00:00:00+00:00' where renewed_from_id is not null", "waits for its confirmation for ever")]
    [InlineData("update certificates set state = 'Unconfirmed' where renewed_from_id is not null", "OCSP says Good, and it is Unconfirmed")]
    [InlineData("update certificates set state = 'Revoked', revoked_at = confirmed_at where renewed_from_id is null", "although what it renewed is revoked")]
    [InlineData("update events set sequence = 99 where sequence = 2", "the numbers of the events have gaps")]
    [InlineData("update certificates set sha256 = zeroblob(32) where id = (select max(id) from certificates where renewed_from_id is not null)", "its hash is not that of its octets")]
    public async Task What_is_broken_at_the_CA_is_named(string sql, string finding)
    {
        using var copy = renewed.Copy("", sql);
        Assert.Contains(await StoreInvariants.BrokenAsync(copy), f => f.Contains(finding, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("update ca_cursor set seq = 1", "the RA has followed to event 1 of")]
    [InlineData("update certificates set state = 'Active' where state = 'Superseded'", "the RA has it as Active, and by the CA it is Superseded")]
    [InlineData("update certificates set der = zeroblob(10)", "the RA has other octets")]
    [InlineData("update renewals set state = 'Open'", "is open without a reason")]
    [InlineData("update renewals set state = 'Ended'", "has ended, and the CA has confirmed a certificate of it")]
    [InlineData("delete from outbox", "its holder is told 0 times")]
    [InlineData("delete from renewal_certificates", "the RA has another certificate for it")]
    [InlineData("update renewals set renewal_id = randomblob(16)", "the RA knows no renewal that brought it")]
    [InlineData(
        "drop index ux_renewals_one_at_once; create table x as select * from renewals; update x set id = id + 100, renewal_id = randomblob(16); insert into renewals select * from x; drop table x",
        "renewals of certificate")]
    [InlineData("pragma foreign_keys = off; delete from renewal_certificates; delete from certificates where state = 'Active'", "the RA does not know it")]
    [InlineData(Unapproved, "brought a certificate that nobody approved")]
    [InlineData(Unapproved + "update cmp_references set spent_at = 0;", "is spent, and nobody approved it")]
    public async Task What_is_broken_at_the_RA_is_named(string sql, string finding)
    {
        using var copy = renewed.Copy(sql, "");
        Assert.Contains(await StoreInvariants.BrokenAsync(copy), f => f.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_of_no_renewal_is_named()
    {
        await using var rig = await HolderRig.EnrolAsync(renewed.Site);
        using (var module = rig.Key.Looking())
        {
            using var token = rig.Key.LogIn(module);
            token.GenerateSigningPair(RenewalKeyId.Of(PairUse.Signing, new string('a', 32), rig.OldCertificate).ToBytes(), "orphan", AlgorithmSuite.P256);
        }

        Assert.Contains(await rig.BrokenAsync(finished: false), f => f.Contains("is an orphan", StringComparison.Ordinal));
    }

    /// <summary>An institution in which two holders have renewed.</summary>
    public sealed class Renewed : IAsyncLifetime
    {
        private readonly string copies = Directory.CreateTempSubdirectory("rekey-copies-").FullName;

        internal FaultSite Site { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Site = await FaultSite.StartAsync();
            for (var holders = 0; holders < 2; holders++)
            {
                await using var rig = await HolderRig.EnrolAsync(Site);
                Assert.Null(await rig.RunAsync(CancellationToken.None));
            }

            Found.Nothing(await StoreInvariants.BrokenAsync(Site.View())); // the audit tree is at rest, too
        }

        public async ValueTask DisposeAsync()
        {
            await Site.DisposeAsync();
            Directory.Delete(copies, recursive: true);
        }

        internal StoreView Copy(string raSql, string caSql)
        {
            var view = Site.View();
            using var ra = view.Ra.CreateDbContext();
            using var ca = view.Ca.CreateDbContext();
            return view.With(Copy(ra, raSql), Copy(ca, caSql));
        }

        private StoreOptions Copy(DbContext store, string sql)
        {
            var file = Path.Combine(copies, $"{Guid.NewGuid():N}.db");
            using (var source = new Microsoft.Data.Sqlite.SqliteConnection(store.Database.GetConnectionString()))
            {
                source.Open();
                using var target = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False");
                target.Open();
                source.BackupDatabase(target);
                using var command = target.CreateCommand();
                command.CommandText = sql;
                if (sql.Length > 0)
                {
                    command.ExecuteNonQuery();
                }
            }

            return StoreOptions.SqliteFile(file);
        }
    }
}
