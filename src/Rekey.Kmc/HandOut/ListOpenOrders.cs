using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.Store;
using Rekey.Pki.Cmp;

namespace Rekey.Kmc.HandOut;

/// <summary>
/// Tells the CA which of its orders are open although they are old. What is to become of them only the CA can know; this centre ends nothing by
/// itself.
/// </summary>
internal sealed class ListOpenOrders(IDbContextFactory<KmcDbContext> contexts)
{
    /// <summary>Most orders in one answer, far below the longest message.</summary>
    internal const int Portion = 500;

    /// <summary>Lists a portion.</summary>
    public async Task<OpenOrders> RunAsync(OpenOrdersQuestion question, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var found = await db.Orders.Where(o => o.State == OrderState.Open && o.Id > question.After && o.DecidedAt < question.DecidedBefore)
            .OrderBy(o => o.Id).Take(Portion).Select(o => new { o.Id, o.OrderId, o.CertReqId }).ToListAsync(ct);
        return new([.. found.Select(o => new OpenOrder(o.OrderId, o.CertReqId))], found.Count < Portion ? null : found[^1].Id);
    }
}
