using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Tokens;

namespace Rekey.Agent.Renewal;

/// <summary>Waits for a token that was pulled out.</summary>
/// <param name="tokens">All tokens.</param>
/// <param name="service">Where to report.</param>
/// <param name="clock">For the waiting.</param>
/// <param name="interval">Between two looks; <see cref="Interval"/> outside of tests.</param>
internal sealed class Reinsertion(TokenSet tokens, IServiceLink service, TimeProvider clock, TimeSpan interval)
{
    /// <summary>Between two looks: soon enough for a person, seldom enough for a library that is loaded anew each time.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Longer than anyone looks for a key; the session ends before.</summary>
    private static readonly TimeSpan GiveUp = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Whether a fault means that the token was pulled out: some libraries say so, some answer any call with a general error; then it counts
    /// whether the token is still there.
    /// </summary>
    public static bool IsUnplugged(TokenException fault, TokenSet tokens, TokenPlace place) => fault.Fault switch
    {
        TokenFault.Removed => true,
        TokenFault.Driver => !tokens.LookAgain().Any(p => p.Info.Identity == place.Info.Identity),
        _ => false,
    };

    /// <summary>Waits for the same token, by identity; every other one that is plugged in meanwhile is reported once.</summary>
    /// <param name="wanted">The token.</param>
    /// <param name="before">Tokens that were there before; they are no news.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <returns>Where it is now.</returns>
    /// <exception cref="ProblemException"><see cref="Problems.TokenRemoved"/> after half an hour.</exception>
    public async Task<TokenPlace> WaitAsync(TokenIdentity wanted, IEnumerable<TokenIdentity> before, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        var others = before.ToHashSet();
        while (clock.GetElapsedTime(began) < GiveUp)
        {
            var present = tokens.LookAgain();
            if (present.FirstOrDefault(p => p.Info.Identity == wanted) is { } back)
            {
                await service.PostAsync(new InsertedEvent(back.Summary), cancel);
                return back;
            }

            foreach (var other in present.Where(p => others.Add(p.Info.Identity)))
            {
                await service.PostAsync(new InsertedEvent(other.Summary), cancel);
            }

            await Task.Delay(interval, clock, cancel);
        }

        throw new ProblemException(Problems.TokenRemoved());
    }
}
