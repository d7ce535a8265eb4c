using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rekey.Contract.Problems;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.OldKeys;

/// <summary>Where relying parties say until when they need holders' old keys (docs/relying-parties.md). For programs: no browser may speak here.</summary>
internal static partial class NeedEndpoints
{
    private const int BodyLimit = 8192;
    private const int MostOfPage = 500;
    private const int PageSize = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/needed-until").RequireRateLimiting(RateLimits.RelyingParty);
        api.MapGet("/", ListAsync);
        api.MapGet("/{reference}", ReadAsync);
        api.MapPut("/{reference}", PutAsync);
        api.MapDelete("/{reference}", WithdrawAsync);
    }

    private static async Task<IResult> ListAsync(HttpContext context, long? after, int? max, RelyingParties parties, RegisterNeed needs)
    {
        var party = await RequireAsync(context, parties);
        return after is null or >= 0 && max is null or (> 0 and <= MostOfPage)
            ? BridgeHttp.Json(await needs.ListAsync(party, after ?? 0, max ?? PageSize, context.RequestAborted), NeedJson.Default.NeedList)
            : throw new ProblemException(Problems.BadRequest($"after is the next of an answer, max is 1 to {MostOfPage}"));
    }

    private static async Task<IResult> ReadAsync(HttpContext context, string reference, RelyingParties parties, RegisterNeed needs)
    {
        var party = await RequireAsync(context, parties);
        return BridgeHttp.Json(await needs.ReadAsync(party, Checked(reference), context.RequestAborted), NeedJson.Default.NeedDocument);
    }

    private static async Task<IResult> PutAsync(HttpContext context, string reference, RelyingParties parties, RegisterNeed needs)
    {
        var party = await RequireAsync(context, parties);
        var wish = await BridgeHttp.ReadAsync(context, NeedJson.Default.NeedWish, BodyLimit);
        var (need, isNew) = await needs.PutAsync(party, Checked(reference), wish, context.RequestAborted);
        return BridgeHttp.Json(need, NeedJson.Default.NeedDocument, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task<IResult> WithdrawAsync(HttpContext context, string reference, RelyingParties parties, RegisterNeed needs)
    {
        var party = await RequireAsync(context, parties);
        await needs.WithdrawAsync(party, Checked(reference), context.RequestAborted);
        return Results.NoContent();
    }

    // RK-2010 from a browser; RK-3201 for a missing, wrong or disabled credential.
    private static async Task<RelyingParty> RequireAsync(HttpContext context, RelyingParties parties)
    {
        AgentEndpoints.RequireNoBrowser(context.Request);
        return AgentEndpoints.Bearer(context.Request) is { } credential && await parties.FindAsync(credential, context.RequestAborted) is { } party
            ? party
            : throw new ProblemException(Problems.RelyingPartyUnknown());
    }

    private static string Checked(string reference) => Reference().IsMatch(reference)
        ? reference
        : throw new ProblemException(Problems.BadRequest($"a reference has 1 to {RegisterNeed.MostOfReference} letters, digits, dots, hyphens or underscores, and begins with a letter or digit"));

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Reference();
}
