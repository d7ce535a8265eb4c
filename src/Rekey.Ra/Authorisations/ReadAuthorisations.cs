using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;

namespace Rekey.Ra.Authorisations;

/// <summary>Which authorisations are looked at.</summary>
internal enum AuthorisationView
{
    /// <summary>Those that wait for a second person.</summary>
    Waiting,

    /// <summary>Those that the viewer made and that are not used or ended yet.</summary>
    Mine,

    /// <summary>All others: approved, refused, withdrawn, used.</summary>
    Decided,
}

/// <summary>An authorisation in a list.</summary>
/// <param name="Id">Which.</param>
/// <param name="Reference">Reference number.</param>
/// <param name="Name">The subscriber's name.</param>
/// <param name="StableId">The subscriber.</param>
/// <param name="Maker">Name of who made it.</param>
/// <param name="IsOwn">Whether the viewer made it.</param>
/// <param name="MadeAt">When.</param>
/// <param name="ExpiresAt">Until when its codes are taken.</param>
/// <param name="State">How far it is.</param>
internal sealed record AuthorisationLine(
    long Id, string Reference, string Name, string StableId, string Maker, bool IsOwn, DateTimeOffset MadeAt, DateTimeOffset ExpiresAt, AuthorisationState State);

/// <summary>An authorisation, whole, as who decides about it sees it.</summary>
/// <param name="Line">What lists show.</param>
/// <param name="Document">What it allows.</param>
/// <param name="Decider">Name of who decided; null before.</param>
/// <param name="DecidedAt">When.</param>
/// <param name="DecisionReason">Why it was refused or withdrawn.</param>
/// <param name="Octets">The document's octets.</param>
/// <param name="SubjectAsRegistered">Whether its subject is still the one that is registered.</param>
internal sealed record AuthorisationDetail(
    AuthorisationLine Line, AuthorisationDocument Document, string? Decider, DateTimeOffset? DecidedAt, string? DecisionReason, byte[] Octets, bool SubjectAsRegistered);

/// <summary>What operators see of authorisations: those of subscribers in their scope.</summary>
internal sealed class ReadAuthorisations(IDbContextFactory<RaDbContext> contexts)
{
    /// <summary>Lines of a page.</summary>
    public const int PageSize = 50;

    /// <summary>A page of a view, the latest first.</summary>
    /// <param name="view">Which.</param>
    /// <param name="by">Who looks.</param>
    /// <param name="before">The last one of the page before; null for the first page.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>At most <see cref="PageSize"/>, and whether there are more.</returns>
    public async Task<(IReadOnlyList<AuthorisationLine> Lines, bool More)> ListAsync(AuthorisationView view, SignedInOperator by, long? before, CancellationToken cancel)
    {
        by.Require(Permission.SeeRequests);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var lines = await Lines(db, Of(view, db.Authorisations, by.StableId).Where(a => before == null || a.Id < before), by).Take(PageSize + 1).ToListAsync(cancel);
        return ([.. lines.Take(PageSize)], lines.Count > PageSize);
    }

    /// <summary>How many there are of each view.</summary>
    public async Task<IReadOnlyDictionary<AuthorisationView, int>> CountAsync(SignedInOperator by, CancellationToken cancel)
    {
        by.Require(Permission.SeeRequests);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var counts = new Dictionary<AuthorisationView, int>();
        foreach (var view in Enum.GetValues<AuthorisationView>())
        {
            counts[view] = await Lines(db, Of(view, db.Authorisations, by.StableId), by).CountAsync(cancel);
        }

        return counts;
    }

    /// <summary>One of them.</summary>
    /// <exception cref="ProblemException">RK-3510: there is none of this id in the scope.</exception>
    public async Task<AuthorisationDetail> ReadAsync(long id, SignedInOperator by, CancellationToken cancel)
    {
        by.Require(Permission.SeeRequests);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var line = await Lines(db, db.Authorisations.Where(a => a.Id == id), by).SingleOrDefaultAsync(cancel) ?? throw new ProblemException(Problems.AuthorisationUnknown());
        var row = await db.Authorisations.AsNoTracking().Include(a => a.Subscriber).SingleAsync(a => a.Id == id, cancel);
        var decider = row.Decider is null ? null : await db.Subscribers.Where(s => s.StableId == row.Decider).Select(s => s.DisplayName).SingleOrDefaultAsync(cancel) ?? row.Decider;
        var document = row.Read();
        return new(line, document, decider, row.DecidedAt, row.DecisionReason, row.Document, row.Subscriber.Subject is null || row.Subscriber.Subject.AsSpan().SequenceEqual(document.Subject));
    }

    private static IQueryable<Authorisation> Of(AuthorisationView view, IQueryable<Authorisation> all, string person) => view switch
    {
        AuthorisationView.Waiting => all.Where(a => a.State == AuthorisationState.Waiting),
        AuthorisationView.Mine => all.Where(a => a.Maker == person && (a.State == AuthorisationState.Made || a.State == AuthorisationState.Waiting || a.State == AuthorisationState.Approved)),
        _ => all.Where(a => a.State != AuthorisationState.Made && a.State != AuthorisationState.Waiting),
    };

    // What somebody has begun and not signed is on nobody else's list.
    private static IQueryable<AuthorisationLine> Lines(RaDbContext db, IQueryable<Authorisation> some, SignedInOperator viewer)
    {
        var (me, subscribers) = (viewer.StableId, db.Subscribers.Where(viewer.Scope.Filter()));
        return some.Where(a => a.State != AuthorisationState.Made || a.Maker == me)
            .Join(subscribers, a => a.SubscriberId, s => s.Id, (a, s) => new { Row = a, Subscriber = s })
            .OrderByDescending(x => x.Row.Id)
            .Select(x => new AuthorisationLine(
                x.Row.Id, x.Row.Reference, x.Subscriber.DisplayName, x.Subscriber.StableId,
                db.Subscribers.Where(m => m.StableId == x.Row.Maker).Select(m => m.DisplayName).FirstOrDefault() ?? x.Row.Maker,
                x.Row.Maker == me, x.Row.MadeAt, x.Row.ExpiresAt, x.Row.State));
    }
}
