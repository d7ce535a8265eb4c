using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Login.Rendezvous;

/// <summary>Limits per network address and process, of the two calls that need no secret. They keep a flood out of the memory; secrets do not rest on them.</summary>
internal sealed class LoginLimits(LoginOptions options) : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<HttpContext> limiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
        RateLimitPartition.GetSlidingWindowLimiter(
            $"{context.Request.Path} {ClientNetwork.Of(context.Connection.RemoteIpAddress)}",
            _ => new SlidingWindowRateLimiterOptions { PermitLimit = options.StartsPerMinute, Window = Window, SegmentsPerWindow = 6 }));

    /// <exception cref="ProblemException">RK-2014.</exception>
    public void Require(HttpContext context)
    {
        using var lease = limiter.AttemptAcquire(context);
        if (!lease.IsAcquired)
        {
            throw new ProblemException(Problems.TooManyRequests((int)Window.TotalSeconds));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => limiter.Dispose();
}
