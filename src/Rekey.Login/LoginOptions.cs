using Rekey.Login.Verification;

namespace Rekey.Login;

/// <summary>Login with a key, for a site.</summary>
public sealed record LoginOptions
{
    /// <summary>Who may log in, and where.</summary>
    public required LoginPolicy Policy { get; init; }

    /// <summary>The site's name in Chinese, for the agent's windows.</summary>
    public required string Name { get; init; }

    /// <summary>Its name in English; null: as in Chinese.</summary>
    public string? NameInEnglish { get; init; }

    /// <summary>Whom to call.</summary>
    public string Telephone { get; init; } = "";

    /// <summary>Agents older than this are told to update.</summary>
    public Version MinAgentVersion { get; init; } = new(0, 1, 0);

    /// <summary>An OCSP responder for all certificates; null: the one that each of them names.</summary>
    public Uri? OcspResponder { get; init; }

    /// <summary>Logins begun, and agents attached, from one network address in a minute. An office behind one address is many people.</summary>
    public int StartsPerMinute { get; init; } = 120;

    /// <summary>Path of the site to which the return page of a login that came to nothing leads back.</summary>
    public string FirstPage { get; init; } = "/";

    internal void Validate()
    {
        Policy.Validate();
        if (!FirstPage.StartsWith('/') || FirstPage.StartsWith("//", StringComparison.Ordinal))
        {
            throw new ArgumentException("FirstPage is a path of the site", nameof(FirstPage));
        }

        if (string.IsNullOrWhiteSpace(Name))
        {
            throw new ArgumentException("Name is empty", nameof(Name));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(StartsPerMinute, nameof(StartsPerMinute));
    }
}
