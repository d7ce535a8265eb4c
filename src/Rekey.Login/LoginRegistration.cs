using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Rekey.Login.Challenges;
using Rekey.Login.Rendezvous;
using Rekey.Login.Signing;
using Rekey.Login.Status;
using Rekey.Login.Verification;

namespace Rekey.Login;

/// <summary>Wires login with a key into a host.</summary>
public static class LoginRegistration
{
    /// <summary>
    /// Registers what a login needs. Register an <see cref="IChallengeStore"/> and <see cref="IAttemptStore"/> of your own before for more
    /// nodes than one, and an <see cref="ICertificateStatusSource"/> where something better than OCSP is at hand.
    /// </summary>
    /// <exception cref="ArgumentException">A setting cannot work.</exception>
    public static IServiceCollection AddRekeyLogin(this IServiceCollection services, LoginOptions options)
    {
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        services.TryAddSingleton(options.Policy);
        services.TryAddSingleton<MemoryLoginStore>();
        services.TryAddSingleton<IChallengeStore>(p => p.GetRequiredService<MemoryLoginStore>());
        services.TryAddSingleton<IAttemptStore>(p => p.GetRequiredService<MemoryLoginStore>());
        services.TryAddSingleton<ICertificateStatusSource>(p => new OcspStatusSource(
            new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }),
            options.OcspResponder,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<OcspStatusSource>>()));
        services.TryAddSingleton<LoginChallenges>();
        services.TryAddSingleton<LoginVerifier>();
        services.TryAddSingleton<PageSide>();
        services.TryAddSingleton<AgentSide>();
        services.TryAddSingleton<LoginLimits>();
        services.TryAddSingleton(p => new SigningDesk(p.GetRequiredService<PageSide>(), p.GetRequiredService<LoginOptions>()));
        return services;
    }

    /// <summary>Maps the endpoints below <c>/rekey/</c> of the site's root.</summary>
    /// <param name="routes">The host's routes.</param>
    /// <param name="signIn">
    /// Gives the browser of the request its session at the site, for example by <c>SignInAsync</c>. Called once for each login, in the answer to
    /// the browser that began it. Throw to refuse someone whom the site does not know.
    /// </param>
    public static IEndpointRouteBuilder MapRekeyLogin(this IEndpointRouteBuilder routes, Func<HttpContext, LoginHolder, Task> signIn)
    {
        LoginEndpoints.Map(routes, signIn);
        return routes;
    }
}
