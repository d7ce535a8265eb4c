using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rekey.Login;
using Rekey.Login.Challenges;
using Rekey.Login.Rendezvous;
using Rekey.Login.Status;
using Rekey.Login.Verification;
using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Web.Console.Login;
using Rekey.Web.Console.Texts;

namespace Rekey.Web.Console;

/// <summary>Wires the operators' console into a host that has the portal's pages.</summary>
public static class ConsoleRegistration
{
    /// <summary>Registers the login of the console. Without it the console lets nobody in.</summary>
    /// <param name="services">The host's services, with those of the RA.</param>
    /// <param name="policy">Where the console is, and whose certificates may log in.</param>
    /// <param name="options">The RA's settings.</param>
    /// <exception cref="ArgumentException">A setting cannot work.</exception>
    public static IServiceCollection AddRekeyConsole(this IServiceCollection services, LoginPolicy policy, RaOptions options)
    {
        services.TryAddSingleton<RaLoginStore>();
        services.TryAddSingleton<IChallengeStore>(p => p.GetRequiredService<RaLoginStore>());
        services.TryAddSingleton<IAttemptStore>(p => p.GetRequiredService<RaLoginStore>());
        services.TryAddSingleton<ICertificateStatusSource, RegisteredStatusSource>();
        return services.AddRekeyLogin(new()
        {
            Policy = policy,
            Name = NameIn("zh-CN", options),
            NameInEnglish = NameIn("en", options),
            Telephone = options.Institution.Telephone,
            MinAgentVersion = options.Sessions.MinAgentVersion,
            FirstPage = ConsoleUrls.Home,
        });
    }

    internal static void Map(WebApplication app)
    {
        ConsoleGate.Use(app);
        if (app.Services.GetService<LoginOptions>() is not null)
        {
            app.MapRekeyLogin(SignInAsync);
        }
    }

    // For the agent's windows, which have the language of the login.
    private static string NameIn(string language, RaOptions options)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        return string.Format(culture, ConsoleText.ResourceManager.GetString(nameof(ConsoleText.Console_Of), culture)!, options.Institution.Name.For(culture));
    }

    private static async Task SignInAsync(HttpContext context, LoginHolder holder)
    {
        var sessions = context.RequestServices.GetRequiredService<ConsoleSessions>();
        var sha256 = SHA256.HashData(holder.Certificate.Encoded.Span);
        ConsoleCookie.Set(context, await sessions.BeginAsync(sha256, context.RequestAborted));
    }
}
