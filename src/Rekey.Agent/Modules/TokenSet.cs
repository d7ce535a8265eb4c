using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.Agent.Modules;

/// <summary>A token and the module that reaches it.</summary>
internal sealed record TokenPlace(HostedModule Module, TokenInfo Info)
{
    /// <summary>As the page shows it.</summary>
    public TokenSummary Summary =>
        new(Info.Identity.Driver, Info.Identity.Manufacturer, Info.Identity.Model, Info.Identity.SerialNumber, Info.Label, Module.Name);
}

/// <summary>A token with what is on it.</summary>
internal sealed record TokenContents(TokenPlace Place, IReadOnlyList<TokenPair> Pairs);

/// <summary>What all modules answered, including those that failed.</summary>
internal sealed record TokenSurvey(IReadOnlyList<TokenContents> Tokens, IReadOnlyList<(string Module, TokenException Fault)> Faults)
{
    /// <summary>A certificate and where it is, by the SHA-256 of its DER, lower-case hex; null when it is on no token.</summary>
    public (TokenPlace Place, byte[] Certificate)? Find(string certSha256)
    {
        var found =
            from token in Tokens
            from pair in token.Pairs
            where pair.Certificate is { } der && Convert.ToHexStringLower(SHA256.HashData(der)) == certSha256
            select (token.Place, pair.Certificate);
        return found.Cast<(TokenPlace, byte[])?>().FirstOrDefault();
    }

    /// <summary>A token by its identity; null when it is not there.</summary>
    public TokenContents? Find(TokenName token) => Tokens.FirstOrDefault(t => TokenName.Of(t.Place.Summary) == token);
}

/// <summary>All tokens of this computer.</summary>
internal sealed class TokenSet(IReadOnlyList<HostedModule> modules) : IDisposable
{
    /// <summary>Reads all tokens, every module at the same time. A module that fails hides no other.</summary>
    public TokenSurvey Survey()
    {
        var answers = modules.AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Clamp(modules.Count, 1, 16)).Select(Survey).ToList();
        return new([.. answers.SelectMany(a => a.Tokens)], [.. answers.SelectMany(a => a.Faults)]);
    }

    /// <summary>The tokens that are plugged in, seen by freshly loaded libraries: not every library notices that a token came back.</summary>
    public IReadOnlyList<TokenPlace> LookAgain() =>
    [
        .. modules.SelectMany(module =>
        {
            module.Restart();
            try
            {
                return Formatted(module);
            }
            catch (TokenException)
            {
                return [];
            }
        }),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var module in modules)
        {
            module.Dispose();
        }
    }

    private static IEnumerable<TokenPlace> Formatted(HostedModule module) =>
        module.ListTokens().Where(t => t.Formatted).Select(t => new TokenPlace(module, t));

    private static TokenSurvey Survey(HostedModule module)
    {
        var tokens = new List<TokenContents>();
        var faults = new List<(string, TokenException)>();
        try
        {
            foreach (var place in Formatted(module))
            {
                using var token = module.Open(place.Info.Identity);
                tokens.Add(new(place, token.ListPairs()));
            }
        }
        catch (TokenException e)
        {
            faults.Add((module.Name, e));
        }

        return new(tokens, faults);
    }
}
