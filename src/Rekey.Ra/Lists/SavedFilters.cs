using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Lists;

/// <summary>A saved filter.</summary>
/// <param name="Id">Names it to its owner.</param>
/// <param name="Name">Its name.</param>
/// <param name="Query">Query of the list's address.</param>
public sealed record SavedFilterItem(long Id, string Name, string Query);

/// <summary>Filters that operators keep for themselves; nobody sees or removes another one's.</summary>
public sealed class SavedFilters(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, TimeProvider time)
{
    /// <summary>Most characters of a name.</summary>
    public const int MostOfName = 30;

    /// <summary>Most characters of a query.</summary>
    public const int MostOfQuery = 1000;

    /// <summary>Most filters that one operator keeps of one list: what can be overlooked.</summary>
    public const int Most = 20;

    /// <summary>The filters of an operator for a list, by name.</summary>
    public async Task<IReadOnlyList<SavedFilterItem>> ListAsync(string owner, string list, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.SavedFilters.AsNoTracking().Where(f => f.Owner == owner && f.List == list).OrderBy(f => f.Name).Select(f => new SavedFilterItem(f.Id, f.Name, f.Query)).ToListAsync(cancel);
    }

    /// <summary>Keeps a filter; one of the same name is replaced.</summary>
    /// <param name="owner">Whose, as in the audit log.</param>
    /// <param name="list">Path of the list's page.</param>
    /// <param name="name">Its name.</param>
    /// <param name="query">Query of the list's address.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3310: no name, or too much of something.</exception>
    public async Task SaveAsync(string owner, string list, string name, string query, CancellationToken cancel)
    {
        name = name.Trim();
        if (!PlainLine.Is(name, MostOfName) || query.Length > MostOfQuery)
        {
            throw new ProblemException(Problems.FilterNotSaved(MostOfName, Most));
        }

        await using var act = await acts.BeginAsync(cancel);
        await act.Db.LockAsync($"saved-filters:{owner}", cancel);
        var own = await act.Db.SavedFilters.Where(f => f.Owner == owner && f.List == list).ToListAsync(cancel);
        if (own.Find(f => f.Name == name) is { } known)
        {
            (known.Query, known.SavedAt) = (query, time.GetUtcNow());
        }
        else if (own.Count >= Most)
        {
            throw new ProblemException(Problems.FilterNotSaved(MostOfName, Most));
        }
        else
        {
            act.Db.SavedFilters.Add(new SavedFilter { Owner = owner, List = list, Name = name, Query = query, SavedAt = time.GetUtcNow() });
        }

        // What somebody searched for can name people.
        act.Record(new AuditEvent("filter.saved", owner, $"list:{list}") { Personal = new Dictionary<string, string> { ["name"] = name, ["query"] = query } });
        await act.CommitAsync(cancel);
    }

    /// <summary>Removes a filter of this operator; another one's, or none, is left as it is.</summary>
    public async Task RemoveAsync(string owner, long id, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        if (await act.Db.SavedFilters.Where(f => f.Id == id && f.Owner == owner).ExecuteDeleteAsync(cancel) == 1)
        {
            act.Record(new AuditEvent("filter.removed", owner, $"filter:{id.ToString(CultureInfo.InvariantCulture)}"));
            await act.CommitAsync(cancel);
        }
    }
}
