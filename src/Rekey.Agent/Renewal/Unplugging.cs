using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Tokens;

namespace Rekey.Agent.Renewal;

/// <summary>Carries work on a token through unplugging: reports it, waits for the same token, and begins the work anew, which goes on where it stopped.</summary>
internal sealed class Unplugging(IServiceLink service, TokenSet tokens, TimeProvider clock, TimeSpan lookInterval)
{
    /// <summary>A library may say "removed" for any fault; a holder who is asked for the PIN this often has learnt nothing new.</summary>
    private const int MaxRemovals = 10;

    /// <summary>Works until it is done.</summary>
    /// <param name="place">The token.</param>
    /// <param name="survey">What was there before; no news when it is plugged in.</param>
    /// <param name="keyType">Suite name of the key that the work makes.</param>
    /// <param name="attempt">The work.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="ProblemException">It stopped for another reason.</exception>
    public async Task RunAsync(TokenPlace place, TokenSurvey survey, string keyType, Func<TokenPlace, Task> attempt, CancellationToken cancel)
    {
        for (var removals = 0; ; removals++)
        {
            try
            {
                await attempt(place);
                return;
            }
            catch (TokenException e) when (removals < MaxRemovals && Reinsertion.IsUnplugged(e, tokens, place))
            {
                await service.PostAsync(new RemovedEvent(place.Info.Identity.SerialNumber), cancel);
                var before = survey.Tokens.Select(t => t.Place.Info.Identity);
                place = await new Reinsertion(tokens, service, clock, lookInterval).WaitAsync(place.Info.Identity, before, cancel);
            }
            catch (TokenException e)
            {
                throw new ProblemException(TokenProblem.Of(e, place.Module.Name, AlgorithmSuite.TryParse(keyType, out var suite) ? suite : null), e);
            }
        }
    }
}
