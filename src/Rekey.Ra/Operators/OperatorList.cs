using Microsoft.EntityFrameworkCore;
using Rekey.Ra.Store;

namespace Rekey.Ra.Operators;

/// <summary>An operator, as administrators see her.</summary>
/// <param name="StableId">The person.</param>
/// <param name="Name">Her name.</param>
/// <param name="Role">Her role.</param>
/// <param name="Duties">Her duties.</param>
/// <param name="Scope">Her scope.</param>
/// <param name="State">How she stands.</param>
/// <param name="AppointedBy">Who appointed her, as in the audit log.</param>
/// <param name="AppointedAt">When.</param>
/// <param name="RemovalReason">Why she was removed.</param>
/// <param name="Version">For changes.</param>
/// <param name="LastSeenAt">When a session of hers was last used; null: not within the time that sessions are kept.</param>
internal sealed record OperatorSummary(
    string StableId, string Name, OperatorRole Role, OperatorDuties Duties, OperatorScope Scope, OperatorState State, string AppointedBy, DateTimeOffset AppointedAt,
    string? RemovalReason, int Version, DateTimeOffset? LastSeenAt);

/// <summary>Who is an operator. There are hundreds at most, so a list is read as a whole.</summary>
internal sealed class OperatorList(IDbContextFactory<RaDbContext> contexts)
{
    /// <summary>Those whom somebody sees: administrators of the whole all of them, a business administrator the operators of her scope.</summary>
    /// <param name="viewer">Who looks; null: the server's own console.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<IReadOnlyList<OperatorSummary>> ListAsync(SignedInOperator? viewer, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var rows = await db.Operators.AsNoTracking().OrderBy(o => o.Id)
            .Select(o => new { Row = o, o.Subscriber.StableId, o.Subscriber.DisplayName, Seen = db.ConsoleSessions.Where(s => s.OperatorId == o.Id).Max(s => (DateTimeOffset?)s.SeenAt) })
            .ToListAsync(cancel);
        return
        [
            .. rows.Select(r => new OperatorSummary(
                    r.StableId, r.DisplayName, r.Row.Role, r.Row.Duties, OperatorScope.Parse(r.Row.Scope), r.Row.State, r.Row.AppointedBy, r.Row.AppointedAt, r.Row.RemovalReason, r.Row.Version, r.Seen))
                .Where(o => OperatorRules.Sees(viewer, o))
                .OrderBy(o => o.State == OperatorState.Removed).ThenBy(o => o.Role).ThenBy(o => o.Name, StringComparer.Ordinal),
        ];
    }
}
