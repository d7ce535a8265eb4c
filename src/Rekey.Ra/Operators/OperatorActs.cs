using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Operators;

/// <summary>What the acts on an operator's row have in common: who was seen, who was faster, what the log says.</summary>
internal sealed class OperatorActs(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, RaOptions options, TimeProvider time)
{
    /// <summary>Changes a row that somebody has looked at.</summary>
    /// <param name="stableId">Whose.</param>
    /// <param name="version">The <see cref="Operator.Version"/> that was seen.</param>
    /// <param name="by">Who changes; null: the server's own console.</param>
    /// <param name="console">How the audit log names the server's own console.</param>
    /// <param name="kind">Of the audit entry.</param>
    /// <param name="change">Changes the row; returns why not.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3408: somebody was faster; RK-3409: there is no such operator; or why not.</exception>
    public async Task ChangeAsync(
        string stableId, int version, SignedInOperator? by, string console, string kind, Func<Operator, Problem?> change, CancellationToken cancel)
    {
        try
        {
            await using var act = await acts.BeginAsync(cancel);
            var row = await FindAsync(act.Db, stableId, cancel);
            RequireVersion(row, version);
            var before = Describe(row);
            if (change(row) is { } refusal)
            {
                throw new ProblemException(refusal);
            }

            Stamp(row, by?.Actor ?? console);
            act.Record(Entry(kind, row, by?.Actor ?? console, before));

            // COMMIT: from here on sessions that began before have ended.
            await act.CommitAsync(cancel);
        }
        catch (DbUpdateConcurrencyException)
        {
            await using var db = await contexts.CreateDbContextAsync(cancel);
            RequireVersion(await FindAsync(db, stableId, cancel), version);
            throw;
        }
    }

    /// <summary>Notes who changed a row, and that it did change.</summary>
    public void Stamp(Operator row, string actor)
    {
        row.Version++;
        (row.ChangedBy, row.ChangedAt) = (actor, time.GetUtcNow());
    }

    /// <summary>The audit entry of a change.</summary>
    public static AuditEvent Entry(string kind, Operator row, string actor, string? before = null)
    {
        var details = new Dictionary<string, string> { ["after"] = Describe(row) };
        if (before is not null)
        {
            details["before"] = before;
        }

        return new(kind, actor, SignedInOperator.ActorOf(row.Subscriber.StableId))
        {
            Details = details,
            // What a person writes may name a person.
            Personal = row.RemovalReason is { } reason ? new Dictionary<string, string> { ["reason"] = reason } : new Dictionary<string, string>(),
        };
    }

    private void RequireVersion(Operator row, int version)
    {
        if (row.Version != version)
        {
            var at = TimeZoneInfo.ConvertTime(row.ChangedAt, options.Institution.Zone());
            throw new ProblemException(Problems.OperatorChanged(row.ChangedBy, at.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)));
        }
    }

    private static async Task<Operator> FindAsync(RaDbContext db, string stableId, CancellationToken cancel) =>
        await db.Operators.Include(o => o.Subscriber).SingleOrDefaultAsync(o => o.Subscriber.StableId == stableId, cancel)
        ?? throw new ProblemException(Problems.OperatorUnknown());

    private static string Describe(Operator row) => $"{row.State}; {row.Role}; {row.Duties}; {row.Scope}";
}
