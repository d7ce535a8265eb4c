using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Ra.Sessions;

/// <summary>
/// Limits per network address and process. They keep a flood from filling the database; secrets do not rest on them, because
/// tickets and cookies have 256 bits.
/// </summary>
internal static class RateLimits
{
    public const string Create = "rekey-create";

    public const string Attach = "rekey-attach";

    /// <summary>Pages where codes are typed.</summary>
    public const string Codes = "rekey-codes";

    public const string RelyingParty = "rekey-relying-party";

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static void Configure(RateLimiterOptions limiter, RaOptions options)
    {
        limiter.AddPolicy(Create, context => PerAddress(context, options.Sessions.CreatesPerMinute));
        limiter.AddPolicy(Attach, context => PerAddress(context, options.Sessions.AttachesPerMinute));
        limiter.AddPolicy(Codes, context => PerAddress(context, options.Authorisations.TriesPerMinute));
        limiter.AddPolicy(RelyingParty, context => Limited(context, options.RelyingParties.CallsPerMinute)); // reading, too: a page may be long
        limiter.OnRejected = async (rejected, _) =>
        {
            var seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? (int)Math.Ceiling(after.TotalSeconds) : (int)Window.TotalSeconds;
            rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            if (rejected.HttpContext.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
            {
                // A form of a page: its visitor gets a page, which says how long to wait.
                rejected.HttpContext.Response.Redirect($"{BridgeHttp.ProblemPage(Problems.TooManyRequests(seconds))}?seconds={seconds.ToString(CultureInfo.InvariantCulture)}");
                return;
            }

            await BridgeHttp.Problem(Problems.TooManyRequests(seconds)).ExecuteAsync(rejected.HttpContext);
        };
    }

    private static RateLimitPartition<string> PerAddress(HttpContext context, int permits) => HttpMethods.IsPost(context.Request.Method)
        ? Limited(context, permits)
        : RateLimitPartition.GetNoLimiter("reading"); // reading a page makes nothing

    private static RateLimitPartition<string> Limited(HttpContext context, int permits) => RateLimitPartition.GetSlidingWindowLimiter(
        ClientNetwork.Of(context.Connection.RemoteIpAddress),
        _ => new SlidingWindowRateLimiterOptions { PermitLimit = permits, Window = Window, SegmentsPerWindow = 6 });
}
