using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Bridge;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.OldKeys;

/// <summary>A relying party as an administrator sees it.</summary>
/// <param name="Party">The record.</param>
/// <param name="Dates">How many of its dates have not passed.</param>
internal sealed record RelyingPartySummary(RelyingParty Party, int Dates);

/// <summary>What an administrator does about relying parties. A credential is returned once, and kept as a hash only.</summary>
internal sealed class RelyingParties(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, TimeProvider time)
{
    /// <summary>What a credential begins with, so that a search for leaked secrets finds it.</summary>
    private const string Prefix = "rkrp_";

    private static readonly int CredentialLength = Prefix.Length + BridgeSecret.Length;

    /// <summary>Adds one.</summary>
    /// <returns>Its credential; null when the name is in use.</returns>
    public async Task<string?> AddAsync(string name, string actor, CancellationToken cancel)
    {
        var (now, credential) = (time.GetUtcNow(), NewCredential());
        await using var act = await acts.BeginAsync(cancel);
        if (await act.Db.RelyingParties.AnyAsync(p => p.Name == name, cancel))
        {
            return null;
        }

        var party = new RelyingParty { Name = name, CredentialSha256 = BridgeSecret.Sha256(credential), CredentialMadeAt = now, AddedAt = now };
        act.Db.RelyingParties.Add(party);
        await act.Db.SaveChangesAsync(cancel); // for its number
        act.Record(Entry("relying-party.added", party, actor));
        await act.CommitAsync(cancel);
        return credential;
    }

    /// <summary>Gives one a new credential; the old one is void. One that was disabled is let in again.</summary>
    /// <returns>The credential; null when there is no such relying party.</returns>
    public async Task<string?> NewCredentialAsync(string name, string actor, CancellationToken cancel)
    {
        var credential = NewCredential();
        return await ChangeAsync(name, "relying-party.credential-made", actor, party =>
            (party.CredentialSha256, party.CredentialMadeAt, party.DisabledAt) = (BridgeSecret.Sha256(credential), time.GetUtcNow(), null), cancel) ? credential : null;
    }

    /// <summary>Lets one in no more. Its dates count until they pass: what was encrypted is still to be read.</summary>
    /// <param name="name">Which.</param>
    /// <param name="withdraw">Withdraw its dates, too.</param>
    /// <param name="actor">Who says so, for the audit log.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>False when there is no such relying party.</returns>
    public Task<bool> DisableAsync(string name, bool withdraw, string actor, CancellationToken cancel) =>
        ChangeAsync(name, withdraw ? "relying-party.disabled-and-withdrawn" : "relying-party.disabled", actor, party => party.DisabledAt ??= time.GetUtcNow(), cancel, withdraw);

    /// <summary>All of them.</summary>
    /// <param name="today">The institution's date.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<IReadOnlyList<RelyingPartySummary>> ListAsync(DateOnly today, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.RelyingParties.AsNoTracking().OrderBy(p => p.Id)
            .Select(p => new RelyingPartySummary(p, db.KeyNeeds.Count(n => n.RelyingPartyId == p.Id && n.Until >= today))).ToListAsync(cancel);
    }

    /// <summary>Whose credential this is; null when it lets nobody in.</summary>
    public async Task<RelyingParty?> FindAsync(string credential, CancellationToken cancel)
    {
        if (credential.Length != CredentialLength || !credential.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var sha256 = BridgeSecret.Sha256(credential);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.RelyingParties.AsNoTracking().SingleOrDefaultAsync(p => p.CredentialSha256 == sha256 && p.DisabledAt == null, cancel);
    }

    private async Task<bool> ChangeAsync(string name, string kind, string actor, Action<RelyingParty> change, CancellationToken cancel, bool withdraw = false)
    {
        await using var act = await acts.BeginAsync(cancel);
        if (await act.Db.RelyingParties.SingleOrDefaultAsync(p => p.Name == name, cancel) is not { } party)
        {
            return false;
        }

        change(party);
        if (withdraw)
        {
            await act.Db.KeyNeeds.Where(n => n.RelyingPartyId == party.Id).ExecuteDeleteAsync(cancel);
        }

        act.Record(Entry(kind, party, actor));
        await act.CommitAsync(cancel);
        return true;
    }

    private static string NewCredential() => Prefix + BridgeSecret.New();

    private static AuditEvent Entry(string kind, RelyingParty party, string actor) => new(kind, actor, party.Actor)
    {
        Details = new Dictionary<string, string> { ["name"] = party.Name },
    };
}
